#!/bin/sh
# Prints as Markdown what becomes of Wukongs between a revision of a Git repository and its work tree.
#
# usage: plan.sh REVISION FOLDER... [FLAG...]
#
# Flags are those of the command plan, and so is the exit code: 1 where something is refused, 2 where the call is wrong, and what --fail-on asks for.
set -eu

[ $# -ge 2 ] || { sed -n 's/^# usage: /usage: /p' "$0" >&2; exit 2; }
revision=$1
shift

problems=$(mktemp)
trap 'rm -f "$problems"' EXIT
code=0
"${FUNCTION_WUKONG:-function-wukong}" plan --from "$revision" --recursive --output markdown "$@" 2> "$problems" || code=$?

if [ -s "$problems" ]; then
  cat "$problems" >&2
  # A fence that the problems do not close: they quote the manifests.
  fence='```'
  while grep -qF "$fence" "$problems"; do fence="$fence\`"; done
  printf '\n%s\n' "$fence"
  cat "$problems"
  printf '%s\n' "$fence"
fi
exit "$code"
