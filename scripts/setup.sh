#!/usr/bin/env bash
# setup.sh: installs the Debian packages of packages.txt that are missing. Called by make setup.
# Says nothing to apt when everything is there. Exits 0; or 3 with the list of what to install, where
# it cannot: no apt, no root, or apt failed.
set -euo pipefail

list=${BASH_SOURCE[0]%/*}/packages.txt

# package_names required|optional
package_names() {
  local name rest
  while read -r name rest; do
    case $name in '' | '#'*) continue ;; esac
    case $rest in
    '[optional]'*) [ "$1" = optional ] && echo "$name" ;;
    *) [ "$1" = required ] && echo "$name" ;;
    esac
  done <"$list"
  return 0
}

# missing NAME...: those that dpkg does not hold as installed.
missing() {
  local name installed
  # shellcheck disable=SC2016 # dpkg-query expands these
  installed=$(dpkg-query -W -f='${binary:Package} ${db:Status-Status}\n' "$@" 2>/dev/null |
    sed -n 's/^\([^ :]*\)[^ ]* installed$/\1/p') || true
  for name in "$@"; do
    case $'\n'$installed$'\n' in
    *$'\n'"$name"$'\n'*) ;;
    *) echo "$name" ;;
    esac
  done
}

# refuse WHY NAME...
refuse() {
  local why=$1
  shift
  {
    echo "setup: $why. Install these yourself, then go on without make setup:"
    echo "  $*"
    echo "Optional: $(package_names optional | paste -sd ' ')"
    echo "The names are Debian 12's; scripts/packages.txt says what each is for."
  } >&2
  exit 3
}

mapfile -t required < <(package_names required)
mapfile -t optional < <(package_names optional)

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  refuse "this machine has no apt" "${required[@]}"
fi

mapfile -t required < <(missing "${required[@]}")
mapfile -t optional < <(missing "${optional[@]}")
if [ $((${#required[@]} + ${#optional[@]})) -eq 0 ]; then
  echo "setup: every package is there"
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
  elif [ "${#required[@]}" -eq 0 ]; then
    echo "setup: warning: missing, but optional: ${optional[*]} (not root, and sudo asks for a password)" >&2
    exit 0
  else
    refuse "not root, and no sudo without a password" "${required[@]}"
  fi
fi

# apt ARGUMENT...: waits for another apt to end rather than fail.
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -q -o DPkg::Lock::Timeout=300 "$@"
}

apt update || echo "setup: warning: apt-get update failed; trying with the lists that are there" >&2
if [ "${#required[@]}" -gt 0 ]; then
  apt install -y --no-install-recommends "${required[@]}" ||
    refuse "apt-get install failed, see above" "${required[@]}"
fi
for name in "${optional[@]}"; do
  apt install -y --no-install-recommends "$name" ||
    echo "setup: warning: optional package $name could not be installed: $(grep "^$name " "$list" | sed 's/.*# //')" >&2
done
