#!/bin/sh
root=$(CDPATH= cd -- "${0%/*}/@UP@" && pwd -P) || exit 127
libraries=$root/usr/lib/x86_64-linux-gnu
LOCPATH=$root/usr/lib/locale OPENSSL_CONF=/dev/null
export LOCPATH OPENSSL_CONF
unset LD_PRELOAD
exec "$libraries/ld-linux-x86-64.so.2" --inhibit-cache --library-path "$libraries" ${TENON_PRELOAD:+--preload "$TENON_PRELOAD"} --argv0 "$root/@NAME@" "$root/@PROGRAM@" "$@"
