#!/bin/sh
# A program for authpipe that answers one request and ends, a moment later, as many programs do. "die" kills it.
IFS= read -r line
case $line in
    "AUTH "*) dd bs=1 count="${line#AUTH }" >/dev/null 2>&1; printf 'UID=1\nGID=2\nHOME=/h\nADDRESS=%s\n.\n' "$$" ;;
    *" die") exit 1 ;;
    "PRE . "*) printf 'UID=1\nGID=2\nHOME=/h\nADDRESS=%s\n.\n' "$$" ;;
    *) echo FAIL ;;
esac
# Reads the next request, so that the daemon cannot know beforehand that it will not be answered.
IFS= read -r line
