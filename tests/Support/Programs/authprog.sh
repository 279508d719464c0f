#!/bin/sh
# A program for authpipe in sh: john and mary, and every name u<number>. authprog.pl and authprog.py do the same.
password=secret
echo "authprog started" >&2

john() {
    printf 'UID=1000\nGID=1001\nHOME=/home/john\nADDRESS=john@example.com\nNAME=John Q,Public\n'
    printf 'MAILDIR=Maildir\nQUOTA=100S\nPASSWD2=%s\nOPTIONS=disableimap=1\nCOLOUR=blue\n.\n' "$password"
}

mary() { printf 'USERNAME=mary\nGID=0\nHOME=/home/mary\nADDRESS=mary\n.\n'; }

account() {
    case $1 in
        john) john ;;
        mary) mary ;;
        u[0-9]*) printf 'UID=2000\nGID=2000\nHOME=/home/%s\nADDRESS=%s\n.\n' "$1" "$1" ;;
        *) echo FAIL ;;
    esac
}

login() { # service, authtype, user, password: one a line on stdin
    read -r service; read -r type; read -r user; read -r given
    if [ "$type" = login ] && [ "$given" = "$password" ]; then account "$user"; else echo FAIL; fi
}

change() { # service TAB user TAB old TAB new
    if [ "$2" = john ] && [ "$3" = "$password" ]; then password=$4; echo OK; else echo FAIL; fi
}

while IFS= read -r line; do
    case $line in
        "PRE . "*) rest=${line#PRE . }; account "${rest#* }" ;;
        "AUTH "*) dd bs=1 count="${line#AUTH }" 2>/dev/null | login ;;
        "PASSWD "*)
            IFS='	'
            # shellcheck disable=SC2086 # split at TABs
            set -- ${line#PASSWD }
            unset IFS
            change "$@" ;;
        ENUMERATE)
            printf '# a comment\njohn@example.com\t1000\t1001\t/home/john\tMaildir\tdisableimap=1\n'
            printf 'root\t0\t0\t/root\t\t\nmary\t1002\t1002\t/home/mary\n.\n' ;;
        *) echo FAIL ;;
    esac
done
