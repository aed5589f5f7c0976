# Writes a greeting to the one who is named by the first argument; progress goes to the build's log.
set -eu
echo "writing a greeting to $1" >&2
echo "Hello, $1."
cat /src/hello.txt
