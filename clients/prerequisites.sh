# shellcheck shell=sh
# Functions, to be read by other scripts (`.`): what a script needs before it can start. Each says on standard error
# what is missing and how to get it, and ends the script with status 69 where it cannot get it itself.

# say TEXT...
say() { printf '%s\n' "$*" >&2; }

# require_swift: Swift 6.2 or later.
require_swift() {
  if ! command -v swift >/dev/null 2>&1; then
    say "swift is not in PATH. Swift 6.2 or later is needed: https://www.swift.org/install/linux/"
    exit 69
  fi
  swift_version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\)\.\([0-9]*\).*/\1 \2/p' | head -n 1)
  swift_major=${swift_version% *}
  swift_minor=${swift_version#* }
  if [ -z "$swift_version" ] || [ "$swift_major" -lt 6 ] || { [ "$swift_major" -eq 6 ] && [ "$swift_minor" -lt 2 ]; }; then
    say "$(command -v swift) is not Swift 6.2 or later: https://www.swift.org/install/linux/"
    exit 69
  fi
}

# static_busybox: prints the path of a busybox that needs no shared libraries, or fails.
static_busybox() {
  for busybox in /bin/busybox /usr/bin/busybox; do
    if [ -x "$busybox" ] && LC_ALL=C ldd "$busybox" 2>&1 | grep -q -e 'not a dynamic' -e 'statically linked'; then
      printf '%s\n' "$busybox"
      return 0
    fi
  done
  return 1
}

# has NAME: whether what the Debian package of that name brings is there, however it came.
has() {
  case $1 in
    libssl-dev) [ -e /usr/include/openssl/evp.h ] || [ -e /usr/local/include/openssl/evp.h ] ;;
    zlib1g-dev) [ -e /usr/include/zlib.h ] || [ -e /usr/local/include/zlib.h ] ;;
    libzstd-dev) [ -e /usr/include/zstd.h ] || [ -e /usr/local/include/zstd.h ] ;;
    busybox-static) static_busybox >/dev/null ;;
    docker.io) PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin command -v dockerd >/dev/null 2>&1 ;;
    e2fsprogs) PATH=$PATH:/usr/sbin:/sbin command -v mkfs.ext4 >/dev/null 2>&1 ;;
    netcat-openbsd) nc -h 2>&1 | grep -q -e OpenBSD ;;
    cgroupfs-mount) command -v cgroupfs-mount >/dev/null 2>&1 ;;
    apache2-utils) command -v htpasswd >/dev/null 2>&1 ;;
    python3-jsonschema) /usr/bin/python3 -c 'import jsonschema' >/dev/null 2>&1 ;;
    perl-base) command -v perl >/dev/null 2>&1 ;;
    emacs-nox) command -v emacs >/dev/null 2>&1 ;;
    neovim) command -v nvim >/dev/null 2>&1 ;;
    python3-venv) python3 -c 'import ensurepip' >/dev/null 2>&1 ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
  esac
}

# require PACKAGE...: installs what is missing with apt-get, as root or through sudo.
require() {
  missing=
  for package in "$@"; do has "$package" || missing="$missing $package"; done
  [ -n "$missing" ] || return 0
  if ! command -v apt-get >/dev/null 2>&1; then
    say "Missing:$missing. These are the names of Debian's packages: install what holds the same on this system"
    say "(on Fedora: libssl-dev is openssl-devel, zlib1g-dev zlib-devel, libzstd-dev libzstd-devel, busybox-static"
    say "busybox, docker.io moby-engine)."
    exit 69
  fi
  if [ "$(id -u)" -eq 0 ]; then
    become_root=
  elif command -v sudo >/dev/null 2>&1; then
    become_root=sudo
  else
    say "Missing:$missing. As root: apt-get install --no-install-recommends$missing"
    exit 69
  fi
  say "Installing:$missing"
  # Word splitting is meant: no word, or several.
  install="$become_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Use-Pty=0"
  # shellcheck disable=SC2086
  if ! $install install --no-install-recommends $missing >&2; then
    { $install update && $install install --no-install-recommends $missing; } >&2 || {
      say "apt-get could not install$missing."
      exit 69
    }
  fi
  for package in $missing; do
    has "$package" || {
      say "$package is installed, but what it brings was not found."
      exit 69
    }
  done
}

# running PROCESS: whether the process runs; one that only waits to be collected does not.
running() {
  [ -r "/proc/$1/stat" ] && read -r process_line 2>/dev/null <"/proc/$1/stat" || return 1
  case ${process_line##*) } in Z* | X*) return 1 ;; esac
}

# end_within SECONDS PROCESS: asks a child of this shell to end and waits for it; SIGKILL, and status 1, after the time.
end_within() {
  kill -TERM "$2" 2>/dev/null
  ticks=$(($1 * 10))
  while running "$2" && [ "$ticks" -gt 0 ]; do
    sleep 0.1
    ticks=$((ticks - 1))
  done
  if running "$2"; then
    kill -KILL "$2" 2>/dev/null
    wait "$2" 2>/dev/null
    return 1
  fi
  wait "$2" 2>/dev/null
  return 0
}
