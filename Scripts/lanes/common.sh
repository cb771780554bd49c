# What the lanes share. A lane succeeds, fails, or says why it cannot run here (skip).
set -Eeuo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
root=$PWD

# The lanes have a build of their own: its flags are others than those of a build by hand, and each would undo the other's.
scratch=${SANDBOX_SCRATCH:-$root/.build/lanes}
flags=(--scratch-path "$scratch" -Xswiftc -warnings-as-errors)

# Hundreds of tests that have all begun wait for two processors, and what some of them measure is that. They begin when there is
# room for them.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=${SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH:-8}

# Between packages that are built in one folder: how SwiftPM is to build there is remembered without the package's name.
forget_plans() { rm -f "$scratch"/{debug,release}.yaml; }

skip() { echo "$*"; exit 77; }

folder() { # a folder of this run that anyone may traverse, gone with it
  work=$(mktemp -d /var/tmp/sandbox-lane.XXXXXX)
  chmod 755 "$work"
  trap 'rm -rf "$work"' EXIT
}

# Tests skip what a host does not have. On a host that has it, a skip is a failure.
require() { # FEATURES
  if [[ ${CI:-} == true ]]; then export SANDBOX_REQUIRED_FEATURES=${SANDBOX_REQUIRED_FEATURES-$1}; fi
}
