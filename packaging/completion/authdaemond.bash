# bash completion for authdaemond and its commands. Installed under each command's name; needs no other file.

_authdaemond_verbs='start stop restart status check config stats top who cache'
_authdaemond_commands='authtest authenumerate authpasswd courierlogger userdb makeuserdb userdbpw pw2userdb vchkpw2userdb
    authpostfix authcleanup'
_authdaemond_services='imap imaps pop3 pop3s esmtp submission webmail login'
_authdaemond_methods='argon2id argon2i gost-yescrypt yescrypt scrypt bcrypt sha512crypt sha256crypt crypt blf-crypt
    sha512-crypt sha256-crypt ssha512 ssha256 ssha sha512 sha256 sha1 sha md5crypt sunmd5 sha1crypt bsdicrypt md5raw md5 nt
    descrypt plain'
_authdaemond_fields='uid gid home mail quota gecos options shell systempw imappw pop3pw esmtppw webmailpw hmac-md5pw hmac-sha1pw
    hmac-sha256pw'

# Offers words; those that end in "=" are not followed by a blank.
_authdaemond_words() {
    COMPREPLY=($(compgen -W "$1" -- "$cur"))
    [[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace 2>/dev/null
}

_authdaemond_files() {
    local IFS=$'\n'
    COMPREPLY=($(compgen "$1" -- "$cur"))
    compopt -o filenames 2>/dev/null
}

_authdaemond() {
    local cur=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[0]##*/} first=1 option word operands=() i
    if [[ $command == authdaemond && $COMP_CWORD -gt 1 ]]; then
        for word in $_authdaemond_commands; do
            [[ ${COMP_WORDS[1]} != "$word" ]] || { command=$word first=2; }
        done
    fi

    # bash splits words at "=": --passwd=FILE becomes three.
    option=${COMP_WORDS[COMP_CWORD - 1]}
    if [[ $cur == = ]]; then
        cur='' option+='='
    elif [[ $option == = && $COMP_CWORD -gt 1 ]]; then
        option=${COMP_WORDS[COMP_CWORD - 2]}=
    fi
    for ((i = first; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
            -f | -s) [[ $command == authenumerate ]] || ((i++)) ;;
            --config-dir) ((i++)) ;;
            -*) ;;
            *) operands+=("${COMP_WORDS[i]}") ;;
        esac
    done

    COMPREPLY=()
    case "$command $option" in
        'authdaemond --config-dir' | *' --todir=' | *' --vpopmailhome=') _authdaemond_files -d; return ;;
        'authtest -s') _authdaemond_words "$_authdaemond_services"; return ;;
        'makeuserdb -f' | 'userdb -f' | *' --passwd=' | *' --shadow=' | *' -pid=') _authdaemond_files -f; return ;;
        'courierlogger -user=') COMPREPLY=($(compgen -u -- "$cur")); return ;;
        'courierlogger -group=') COMPREPLY=($(compgen -g -- "$cur")); return ;;
        'courierlogger -facility=') _authdaemond_words 'mail auth authpriv daemon user local0 local1 local2 local3 local4 local5
            local6 local7'; return ;;
    esac

    case $command in
        authdaemond)
            if [[ $cur == -* && ${operands[0]} == stats ]]; then
                _authdaemond_words '--json --prometheus'
            elif [[ $cur == -* && ${operands[0]} == check ]]; then
                _authdaemond_words '--connect'
            elif [[ $cur == -* && ${operands[0]} == config ]]; then
                _authdaemond_words '-n'
            elif [[ $cur == -* ]]; then
                _authdaemond_words '--config-dir --help --version'
            elif [[ ${#operands[@]} -eq 1 && ${operands[0]} == cache ]]; then
                _authdaemond_words 'flush'
            elif [[ ${#operands[@]} -eq 0 ]]; then
                _authdaemond_words "$_authdaemond_verbs $_authdaemond_commands"
            fi ;;
        authtest) [[ $cur != -* ]] || _authdaemond_words '-s -p -n -v --explain --help --version' ;;
        authenumerate) _authdaemond_words '-s -o --help --version' ;;
        authpasswd)
            [[ $cur == -* ]] && _authdaemond_words '--help --version' || _authdaemond_words "$_authdaemond_methods" ;;
        courierlogger)
            if [[ $cur == -* ]]; then
                _authdaemond_words '-name= -pid= -facility= -start -stop -restart -respawn -user= -group= -droproot --help --version'
            else
                COMPREPLY=($(compgen -c -- "$cur"))
            fi ;;
        makeuserdb) _authdaemond_words '-f -n -v --verbose --help --version' ;;
        userdb)
            if [[ $cur == -* ]]; then
                _authdaemond_words '-show -f --help --version'
            else
                case "${#operands[@]} ${operands[1]:-}" in
                    '1 ') _authdaemond_words 'set unset del' ;;
                    *' set') _authdaemond_words "$(printf '%s= ' $_authdaemond_fields)" ;;
                    *' unset') _authdaemond_words "$_authdaemond_fields" ;;
                esac
            fi ;;
        userdbpw) _authdaemond_words '-md5 -hmac-md5 -hmac-sha1 -hmac-sha256 --help --version' ;;
        pw2userdb) _authdaemond_words '--passwd= --shadow= --noshadow --nouid --domain= --vpopuid --help --version' ;;
        vchkpw2userdb) _authdaemond_words '--vpopmailhome= --todir= --help --version' ;;
        authpostfix | authcleanup) [[ $cur != -* ]] || _authdaemond_words '--help --version' ;;
    esac
}

complete -F _authdaemond authdaemond $_authdaemond_commands
