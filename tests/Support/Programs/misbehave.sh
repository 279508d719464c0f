#!/bin/sh
# A program for authpipe that misbehaves in the way that the looked-up name says. "ok" answers with the number of its run.
run=$$
ok() { printf 'UID=1\nGID=2\nHOME=/h\nADDRESS=%s\n.\n' "$run"; }

while IFS= read -r line; do
    case $line in
        "AUTH "*) dd bs=1 count="${line#AUTH }" >/dev/null 2>&1; echo FAIL ;;
        *" ok") ok ;;
        *" exit" | *"	exit	"*) exit 1 ;;
        *" half") printf 'UID=1\nGID=2\n' ;;
        *" halfexit") printf 'UID=1\nGID=2\n'; exit 0 ;;
        *" silent") : ;;
        *" late") sleep 2; ok ;;
        *" twice") printf 'UID=1\n.\nUID=2\n.\n' ;;
        *" again") ok; sleep 0.1; ok; : >"$0.said" ;;
        *" long") head -c 9000 /dev/zero | tr '\0' x; echo; ok ;;
        *" much") yes 'HOME=/0123456789' | head -n 600; ok ;;
        *" binary") printf '\377\376\000\001garbage\n.\n' ;;
        *" stubborn") trap '' TERM; exec 0<&- ; ok; while :; do sleep 1; done ;;
        *"	garbage	"*) echo "what?" ;;
        *"	twice	"*) printf 'OK\nOK\n' ;;
        ENUMERATE) printf 'a\t1\t1\t/h\nb\t1\t1\t/h\n' ; exit 0 ;;
        *) echo FAIL ;;
    esac
done
