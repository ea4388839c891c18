# Read by scripts/demo and scripts/test: finds a Python, makes a virtual environment, installs into it.
# POSIX sh, so that it runs wherever Python does.

say() { printf '%s\n' "$*"; }

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

# Sets $python to a Python of 3.11 or later that can make virtual environments.
find_python() {
    python=''
    found=''
    for candidate in ${PYTHON:-} python3.13 python3.12 python3.11 python3.14 python3 python; do
        command -v "$candidate" >/dev/null 2>&1 || continue
        version=$("$candidate" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null) || continue
        if ! "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            found="$found
  $candidate is Python $version"
        elif ! "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
            found="$found
  $candidate is Python $version, but has no venv (Debian, Ubuntu: apt-get install python3-venv)"
        else
            python=$candidate
            python_version=$version
            return
        fi
    done
    fail "Demijohn needs Python 3.11 or later.${found:+
Found:$found}
To get one:
  Debian, Ubuntu   sudo apt-get install python3 python3-venv
  Fedora           sudo dnf install python3
  macOS            brew install python
  anywhere         https://www.python.org/downloads/, or: uv python install 3.13
Or name yours: PYTHON=/path/to/python3.12 sh $0"
}

# make_environment FOLDER REQUIREMENT...: an environment with the checkout (editable) and its extras. It is made anew
# when it is broken, and filled anew when pyproject.toml or the Python changed.
make_environment() {
    environment=$1
    shift
    find_python
    stamp="$python_version $* $(cksum <pyproject.toml)"
    if [ -x "$environment/bin/python" ] && "$environment/bin/python" -c '' 2>/dev/null; then
        [ "$(cat "$environment/installed" 2>/dev/null)" = "$stamp" ] && return
    else
        say "Making a virtual environment in $environment (Python $python_version) ..."
        "$python" -m venv --clear "$environment" || fail "The virtual environment could not be made."
    fi
    say "Installing Demijohn into $environment: the first time takes a minute ..."
    {
        "$environment/bin/python" -m pip install --disable-pip-version-check --progress-bar off "$@" 2>&1 &&
            say "$stamp" >"$environment/new" || rm -f "$environment/new"
    } | tee "$environment/install.log" | show_progress
    if [ ! -f "$environment/new" ]; then
        grep -E '^(ERROR|error)' "$environment/install.log" >&2 || tail -n 15 "$environment/install.log" >&2
        fail "The installation failed; all of it is in $environment/install.log."
    fi
    mv "$environment/new" "$environment/installed"
}

# One line that says what pip is at, on a terminal; nothing into a file.
show_progress() {
    if [ -t 1 ]; then
        while read -r word name _; do
            case $word in
            Collecting | Downloading | Building | Installing) printf '\r\033[K  %.70s' "$word ${name##*/}" ;;
            esac
        done
        printf '\r\033[K'
    else
        cat >/dev/null
    fi
}

# Sees to it that wrk is there, the load of the benchmarks; false if it cannot be had.
install_wrk() {
    command -v wrk >/dev/null 2>&1 && return
    [ -f /etc/debian_version ] && [ "$(id -u)" = 0 ] || return 1
    say "Installing wrk ..."
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends wrk; } >/dev/null 2>&1
}
