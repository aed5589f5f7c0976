#!/bin/sh
# Builds the services of a tree, one for each directory with a Dockerfile, names them by their content and pushes them.
# A service whose content the registry has already is not built.
#
#   sh clients/examples/services/build.sh [TREE]      TREE is this script's directory if not given
#
# REGISTRY is the registry's address, 127.0.0.1:5000 if not set; one that asks for no login. SWIFTDOCK_CTL is the
# program swiftdock-ctl, if it is not in PATH. Needs a broker that runs, curl, and what ../../shell/swiftdock.sh needs.
#
# Prints a line for each service: "NAME built IMAGE" or "NAME unchanged TAG". Ends at the first that fails, with the
# status of its build.

set -eu
here=$(cd "$(dirname "$0")" && pwd)
tree=${1:-$here}
registry=${REGISTRY:-127.0.0.1:5000}
control=${SWIFTDOCK_CTL:-swiftdock-ctl}

# shellcheck source=SCRIPTDIR/../../prerequisites.sh
. "$here/../../prerequisites.sh"
# shellcheck source=SCRIPTDIR/../../shell/swiftdock.sh
. "$here/../../shell/swiftdock.sh"

busybox=$(static_busybox) || {
  say "The services are made of a busybox without shared libraries: apt-get install busybox-static"
  exit 69
}

# As the Engine does it: only a registry of this machine is spoken to without encryption.
case $registry in
  127.* | localhost | localhost:*) scheme=http ;;
  *) scheme=https ;;
esac

# in_registry NAME TAG: whether the registry has the image. Ends the script where it does not say so.
in_registry() {
  answer=$(curl -sS --head -o /dev/null -w '%{http_code}' \
    -H 'Accept: application/vnd.docker.distribution.manifest.v2+json' \
    -H 'Accept: application/vnd.docker.distribution.manifest.list.v2+json' \
    -H 'Accept: application/vnd.oci.image.manifest.v1+json' \
    -H 'Accept: application/vnd.oci.image.index.v1+json' \
    "$scheme://$registry/v2/$1/manifests/$2") || {
    say "The registry $registry does not answer."
    exit 69
  }
  case $answer in
    200) return 0 ;;
    404) return 1 ;;
    *)
      say "The registry $registry answers $answer to the question for $1:$2."
      exit 77
      ;;
  esac
}

for dockerfile in "$tree"/*/Dockerfile; do
  directory=${dockerfile%/Dockerfile}
  name=${directory##*/}
  # Written only when it differs, so that what is unchanged stays so.
  cmp -s "$busybox" "$directory/busybox" || cp "$busybox" "$directory/busybox"

  # The digest that the broker will find, and the digits of it that {context:12} stands for.
  digest=$("$control" context digest "$directory")
  digits=$(printf '%.12s' "${digest#sha256:}")
  if in_registry "$name" "$digits"; then
    echo "$name unchanged $registry/$name:$digits"
    continue
  fi
  image=$(sd_build --push -t "$registry/$name:{context:12}" "$directory") || exit
  echo "$name built $image"
done
