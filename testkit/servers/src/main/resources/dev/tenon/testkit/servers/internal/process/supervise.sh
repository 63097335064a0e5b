# Runs one server until its standard input ends, which it does when the JVM that holds the other end dies.
# Arguments: working directory, yes or no (remove it at the end), signal that stops the server, its command.
umask 077
directory=$1
remove=$2
signal=$3
shift 3
cd "$directory" || exit 70
# The shell itself tells of a server that was killed; only what is echoed here is a report.
exec 2>>server.log

finish() {
  cd /
  [ "$remove" = yes ] && rm -rf -- "$directory"
  exit "$1"
}

(. ./prepare.sh) >>server.log 2>&1 </dev/null || { echo "failed to prepare"; read -r order; finish 71; }

while :; do
  [ -d data ] && cd data
  "$@" </dev/null >>"$directory/server.log" 2>&1 &
  server=$!
  cd "$directory"
  echo "started $server"
  order=
  read -r order
  [ "$order" = again ] || break
  kill -KILL "$server" 2>/dev/null
  wait "$server"
done

kill "-$signal" "$server" 2>/dev/null
turns=0
while kill -0 "$server" 2>/dev/null && [ "$turns" -lt 120 ]; do
  sleep 0.05
  turns=$((turns + 1))
done
kill -KILL "$server" 2>/dev/null
finish 0
