# fish completion for authdaemond and its commands. Installed under each command's name, by which fish finds it.
set -l verbs start stop restart status check config stats top who cache
set -l commands authtest authenumerate authpasswd courierlogger userdb makeuserdb userdbpw pw2userdb vchkpw2userdb authpostfix authcleanup

complete -c authdaemond -f -l help -d 'Print a summary'
complete -c authdaemond -f -l version -d 'Print the version'
complete -c authdaemond -x -l config-dir -d 'Directory of authdaemonrc' -a '(__fish_complete_directories)'
set -l first "not __fish_seen_subcommand_from $verbs $commands"
complete -c authdaemond -f -n $first -a start -d 'Start the daemon in the background'
complete -c authdaemond -f -n $first -a stop -d 'Stop it'
complete -c authdaemond -f -n $first -a restart -d 'Read the configuration again without losing a request'
complete -c authdaemond -f -n $first -a status -d 'Say whether it runs'
complete -c authdaemond -f -n $first -a check -d 'Say what is wrong with the configuration'
complete -c authdaemond -f -n $first -a config -d 'Print the configuration in force'
complete -c authdaemond -f -n $first -a stats -d 'Print counters'
complete -c authdaemond -f -n $first -a top -d 'Show rates, once a second'
complete -c authdaemond -f -n $first -a who -d 'List connected clients'
complete -c authdaemond -f -n $first -a cache -d 'Forget cached answers'
complete -c authdaemond -f -n '__fish_seen_subcommand_from check' -l connect -d 'Try the servers as well'
complete -c authdaemond -f -n '__fish_seen_subcommand_from stats' -l json -d 'As JSON'
complete -c authdaemond -f -n '__fish_seen_subcommand_from stats' -l prometheus -d 'As OpenMetrics'
complete -c authdaemond -f -n '__fish_seen_subcommand_from config' -s n -d 'Only settings that are no defaults'
complete -c authdaemond -f -n '__fish_seen_subcommand_from cache' -a flush -d 'All of them, or those of one name'
complete -c authdaemond -f -n $first -a "$commands"
complete -c authdaemond -n "__fish_seen_subcommand_from $commands" -a '(__fish_complete_subcommand --fcs-skip=1)'
for command in $commands
    complete -c $command -f -l help -d 'Print a summary'
    complete -c $command -f -l version -d 'Print the version'
end

complete -c authtest -x -s s -d 'Service to ask for' -a 'imap imaps pop3 pop3s esmtp submission webmail login'
complete -c authtest -f -s p -d 'Read the password from standard input'
complete -c authtest -f -l explain -d 'Tell what each module did'
complete -c authtest -f -s v -d 'With secrets, for root'
complete -c authtest -f -s n -d 'Read the password and the new one from standard input'

complete -c authenumerate -f -s s -d 'Without accounts that have the option disableshared'
complete -c authenumerate -f -s o -d 'With the options as a sixth field'

complete -c authpasswd -f -a 'argon2id argon2i gost-yescrypt yescrypt scrypt bcrypt sha512crypt sha256crypt crypt blf-crypt sha512-crypt sha256-crypt ssha512 ssha256 ssha sha512 sha256 sha1 sha md5crypt sunmd5 sha1crypt bsdicrypt md5raw md5 nt descrypt plain'

complete -c courierlogger -f
complete -c courierlogger -a '-name= -pid= -facility= -start -stop -restart -respawn -user= -group= -droproot'
complete -c courierlogger -a '(__fish_complete_command)'

complete -c makeuserdb -r -s f -d 'Make the databases of this file' -F
complete -c makeuserdb -f -s n -d 'Check only'
complete -c makeuserdb -f -s v -l verbose -d 'Say what was done'

set -l fields uid gid home mail quota gecos options shell systempw imappw pop3pw esmtppw webmailpw hmac-md5pw hmac-sha1pw hmac-sha256pw
complete -c userdb -f
complete -c userdb -o show -d 'Print names or fields'
complete -c userdb -r -s f -d 'Edit this file' -F
complete -c userdb -n 'not __fish_seen_subcommand_from set unset del' -a 'set unset del'
complete -c userdb -n '__fish_seen_subcommand_from set' -a (string join " " -- $fields=)
complete -c userdb -n '__fish_seen_subcommand_from unset' -a "$fields"

complete -c userdbpw -f -o md5 -d 'A hash'
complete -c userdbpw -f -o hmac-md5 -d 'A key for CRAM-MD5'
complete -c userdbpw -f -o hmac-sha1 -d 'A key for CRAM-SHA1'
complete -c userdbpw -f -o hmac-sha256 -d 'A key for CRAM-SHA256'

complete -c pw2userdb -f
complete -c pw2userdb -r -l passwd -d 'Read this in place of /etc/passwd' -F
complete -c pw2userdb -r -l shadow -d 'Read this in place of /etc/shadow' -F
complete -c pw2userdb -l noshadow -d 'The hash is in the passwd file'
complete -c pw2userdb -l nouid -d 'Without the lines for uids'
complete -c pw2userdb -x -l domain -d 'Add this domain to each name'
complete -c pw2userdb -l vpopuid -d 'Uid and gid of the user vpopmail'

complete -c vchkpw2userdb -x -l vpopmailhome -d "vpopmail's home" -a '(__fish_complete_directories)'
complete -c vchkpw2userdb -x -l todir -d 'Write a file for each domain here' -a '(__fish_complete_directories)'
