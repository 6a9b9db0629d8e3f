#!/usr/bin/env bash
# Martlet on a real Kubernetes control plane: applies deploy/base, runs the programs as exactly its ServiceAccounts beside
# fake nodes and a fake kubelet, runs the contract suite and the conformance cases, and fails when the API server refused
# those accounts anything. Everything it started is gone when it ends.
#
#   LAB_KUBE=FOLDER LAB_PORT=NUMBER   another place and port for the control plane (see the lab's README)
#   FILTER=REGEX                      only these tests, and no contract suite
#   KEEP=1                            leave everything up until a key is pressed
set -euo pipefail
cd "$(dirname "$0")/../.."
lab=$(realpath ../shared/lab/kube 2>/dev/null || true)
if [ ! -x "$lab/up.sh" ]; then
    echo "e2e-kube: skipped, ../shared/lab/kube is not beside this checkout"
    exit 0
fi
export LAB_KUBE=${LAB_KUBE:-$HOME/.cache/martlet-lab/kube}
programs=$PWD/.build/debug
work=$PWD/.build/e2e-kube
nodes=8
seconds_max=1500

say() { printf 'e2e-kube: %4d s  %s\n' "$SECONDS" "$*"; }

rm -rf "$work" && mkdir -p "$work/run"
# A copy, because the lab's folder may be read-only; what it builds is kept in its own cache. Times of files are kept too,
# since a newer source is built again.
cp -a "$lab" "$work/lab" && chmod -R u+w "$work/lab"

children=()
# Ends the programs that run/*.pid names, and what starts them again.
stop_programs() {
    local file alive
    touch "$work/stopping"
    for file in "$work"/run/*.pid; do
        [ -f "$file" ] && kill "$(cat "$file")" 2>/dev/null || true
    done
    # Coordinators drain first; who takes longer than ten seconds is ended.
    for _ in {1..50}; do
        alive=$(for file in "$work"/run/*.pid; do [ -f "$file" ] && ps -o pid= -p "$(cat "$file")"; done 2>/dev/null || true)
        [ -n "$alive" ] || return 0
        sleep 0.2
    done
    kill -9 $alive 2>/dev/null || true
}
stop() {
    local rc=$?
    trap - EXIT INT TERM
    stop_programs
    for pid in "${children[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${children[@]}"; do wait "$pid" 2>/dev/null || true; done
    "$work/lab/down.sh" >/dev/null 2>&1 || true
    say "stopped"
    exit "$rc"
}
trap stop EXIT
trap 'exit 130' INT TERM

# ---- build
log=$work/build.log
if ! swift build --build-tests >"$log" 2>&1; then
    grep -E 'error:' "$log" | head -40 >&2 || true
    tail -20 "$log" >&2
    exit 1
fi
say "built"

# ---- the control plane, with an audit log of what our accounts ask
cat >"$work/audit.yaml" <<YAML
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: Metadata
    userGroups: ["system:serviceaccounts:martlet-system"]
  - level: None
YAML
flag='--bind-address=127.0.0.1 --secure-port="$PORT" '
audit="--audit-policy-file=$work/audit.yaml --audit-log-path=$work/audit.log --audit-log-maxsize=2000 "
sed -i "s#^    $flag#&$audit#" "$work/lab/up.sh"
grep -qF -- "--audit-log-path=$work/audit.log" "$work/lab/up.sh" || {
    echo "e2e-kube: the lab's up.sh starts kube-apiserver in another way than this script knows; mend the line above" >&2
    exit 1
}
"$work/lab/down.sh" purge >/dev/null 2>&1 || true
"$work/lab/up.sh" >"$work/lab.log" 2>&1 || { tail -5 "$work/lab.log" >&2; exit 1; }
admin=$LAB_KUBE/admin.kubeconfig
kubectl=$(command -v "$PWD/.venv/bin/kubectl" || command -v kubectl)
k() { "$kubectl" --kubeconfig "$admin" "$@"; }
server=$(awk '$1 == "server:" {print $2}' "$admin")
authority=$(awk '$1 == "certificate-authority-data:" {print $2}' "$admin")
say "control plane is up at $server"

# ---- nodes, and definitions of other projects that cases need
k apply -f Tests/ClusterTests/Definitions >/dev/null
python3 "$work/lab/fake_nodes.py" "$nodes" --resource nvidia.com/gpu=8 --label 'rack=r{i/4}' >/dev/null
python3 "$work/lab/fake_kubelet.py" --delay 300ms --for 30m >"$work/kubelet.log" 2>&1 &
children+=($!)

free_ports() { # count
    python3 -c 'import socket, sys
sockets = [socket.socket() for _ in range(int(sys.argv[1]))]
[s.bind(("127.0.0.1", 0)) for s in sockets]
print(*[s.getsockname()[1] for s in sockets])' "$1"
}

# ---- the base, as users install it. This control plane is older than policy/v1.
k kustomize deploy/base | sed 's#^apiVersion: policy/v1$#apiVersion: policy/v1beta1#' >"$work/base.yaml"
# Its Services lead to fake pods; the webhooks' lead to a port of this machine instead, behind which the coordinators are.
read -r webhook gateway0 admin0 link0 webhook0 gateway1 admin1 link1 webhook1 agent_port <<<"$(free_ports 10)"
awk -v RS='---\n' 'BEGIN {ORS = "---\n"} !(/\nkind: Service\n/ && /name: kthena-[a-z-]*webhook\n/)' \
    "$work/base.yaml" | sed "s/^\( *port: \)443$/\1$webhook/" >"$work/applied.yaml"
for name in kthena-controller-manager-webhook kthena-router-webhook; do
    printf 'apiVersion: v1\nkind: Service\nmetadata: {name: %s, namespace: martlet-system}\n' "$name"
    printf 'spec: {type: ExternalName, externalName: localhost}\n---\n'
done >>"$work/applied.yaml"
k apply -f "$work/applied.yaml" >"$work/apply.log"
say "applied $(wc -l <"$work/apply.log") objects of deploy/base"

# ---- the programs, as the accounts of the base
account() { # name: writes its kubeconfig
    local secret token tries=0
    until secret=$(k -n martlet-system get serviceaccount "$1" -o 'jsonpath={.secrets[0].name}') && [ -n "$secret" ]; do
        tries=$((tries + 1)) && [ "$tries" -lt 50 ] || { echo "e2e-kube: account $1 got no token" >&2; return 1; }
        sleep 0.2
    done
    token=$(k -n martlet-system get secret "$secret" -o 'jsonpath={.data.token}' | base64 -d)
    (umask 077 && cat >"$work/$1.kubeconfig") <<YAML
apiVersion: v1
kind: Config
current-context: base
clusters: [{name: base, cluster: {server: "$server", certificate-authority-data: $authority}}]
users: [{name: base, user: {token: $token}}]
contexts: [{name: base, context: {cluster: base, user: base, namespace: martlet-system}}]
YAML
}
account martlet-coordinator
account martlet-agent

# Starts a program again whenever it ends, as its Deployment would; its pid is in run/NAME.pid.
keep() { # name program arguments...
    local name=$1 program=$2
    shift 2
    while [ ! -e "$work/stopping" ]; do
        HOSTNAME=$name NODE_NAME=node-0 "$programs/$program" "$@" >>"$work/$name.log" 2>&1 &
        echo $! >"$work/run/$name.pid"
        wait $! || true
        rm -f "$work/run/$name.pid"
        [ -e "$work/stopping" ] || sleep 0.5
    done
}
start_coordinator() { # number gateway admin link webhook
    keep "coordinator-$1" martlet-coordinator --kubeconfig "$work/martlet-coordinator.kubeconfig" \
        --gateway-address "127.0.0.1:$2" --admin-address "127.0.0.1:$3" --link-address "tcp://127.0.0.1:$4" \
        --webhook-host 127.0.0.1 --port "$5" --link-secret martlet-link --log-format json 2>/dev/null &
    children+=($!)
}
start_coordinator 0 "$gateway0" "$admin0" "$link0" "$webhook0"
start_coordinator 1 "$gateway1" "$admin1" "$link1" "$webhook1"
# What the Service does: a connection goes to a coordinator that takes it.
python3 deploy/scripts/forward.py "$webhook" "$webhook0" "$webhook1" >"$work/forward.log" 2>&1 &
children+=($!)
ready() { # what URL
    local tries=0
    until curl -fs "$2" >/dev/null; do
        tries=$((tries + 1))
        [ "$tries" -lt 300 ] || { echo "e2e-kube: $1 is not ready: $(curl -s "$2?verbose")" >&2; return 1; }
        sleep 0.2
    done
}
ready coordinator-0 "http://127.0.0.1:$admin0/readyz"
ready coordinator-1 "http://127.0.0.1:$admin1/readyz"
# What the kubelet would mount.
secret() { k -n martlet-system get secret martlet-link-agents -o "jsonpath={.data.$1}" | base64 -d; }
(umask 077 && secret keys >"$work/agent.keys")
keep agent martlet-agent --kubeconfig "$work/martlet-agent.kubeconfig" --http-address "127.0.0.1:$agent_port" \
    --coordinator "tcp://127.0.0.1:$link0" --coordinator "tcp://127.0.0.1:$link1" \
    --coordinator-key="$(secret coordinator-key)" --link-keys "$work/agent.keys" --log-format json 2>/dev/null &
children+=($!)
ready agent "http://127.0.0.1:$agent_port/readyz"
k wait --for=condition=Ready pod --all -n martlet-system --timeout=60s >"$work/pods.log"
say "two coordinators and an agent run as the base's accounts; $(wc -l <"$work/pods.log") pods of the base are ready"
if [ -n "${KEEP:-}" ]; then
    echo "KUBECONFIG=$admin; coordinators at 127.0.0.1:$admin0 and :$admin1; a key ends it"
    read -r -n 1
    exit 0
fi

# ---- tests
export MARTLET_E2E_KUBECONFIG=$admin MARTLET_E2E_RUN=$work/run
# Cases wait most of the time: more of them at once than there are cores.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=${SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH:-16}
failures=0
run() { # log, then arguments of swift test
    local log=$work/$1.log
    shift
    # In the background, so that a signal to this script is heard at once.
    timeout "$seconds_max" swift test --skip-build "$@" >"$log" 2>&1 &
    tests=$!
    children+=("$tests")
    wait "$tests" || failures=$((failures + 1))
    grep -E '^. Test "?C[0-9]|^. Test run|^. Suite .* (passed|failed)|recorded an issue|error:' "$log" |
        grep -v ' started' || true
    grep -qE '^. Test run with [1-9]' "$log" || {
        echo "e2e-kube: no test ran; see $log" >&2
        failures=$((failures + 1))
    }
}
if [ -n "${FILTER:-}" ]; then
    run filtered --filter "$FILTER"
else
    run conformance --filter '^ClusterTests\.' --skip '^ClusterTests\.RestartTests'
    # Alone, since it kills the coordinators: an event they had not written yet is lost with them.
    run restarts --filter '^ClusterTests\.RestartTests'
    export MARTLET_CONTRACT_SERVER=$server MARTLET_CONTRACT_CA=$work/ca.crt
    MARTLET_CONTRACT_TOKEN=$(awk '$1 == "token:" {print $2}' "$admin")
    export MARTLET_CONTRACT_TOKEN
    base64 -d <<<"$authority" >"$MARTLET_CONTRACT_CA"
    run contract --no-parallel --filter Contract --skip WebhookContract
    # This one puts webhooks of its own in the place of the coordinators'.
    stop_programs
    k delete validatingwebhookconfigurations,mutatingwebhookconfigurations -l app.kubernetes.io/part-of=martlet >/dev/null
    run webhooks --no-parallel --filter WebhookContract
fi
say "tests done, $failures of the runs failed"

# ---- what was refused
python3 deploy/scripts/refusals.py "$work/audit.log" || failures=$((failures + 1))
[ "$failures" = 0 ]
