#!/usr/bin/env bash
# The whole path on one machine: start Martlet, apply real manifests with kubectl, send traffic, show where it went and
# why, leave nothing running. KEEP=1 leaves it up.
set -euo pipefail
cd "$(dirname "$0")/../.."
samples=deploy/samples
export MARTLET_DATA_DIR=${MARTLET_DATA_DIR:-$PWD/.build/demo}
gateway=http://127.0.0.1:8080
began=$SECONDS

bold() { printf '\n\033[1m%s\033[0m\n' "$*"; }
run() {
    printf '\033[36m$ %s\033[0m\n' "$*"
    "$@"
}
stop() {
    status=$?
    if [ "${KEEP:-}" = 1 ] && [ $status = 0 ]; then return; fi
    martlet down >/dev/null 2>&1 || true
    [ $status = 0 ] || echo "demo: failed; the logs are in $MARTLET_DATA_DIR/logs" >&2
}
trap stop EXIT

martlet down >/dev/null 2>&1 || true
rm -rf "$MARTLET_DATA_DIR"

bold "1  Start Martlet: API server, coordinator and agent, all on loopback"
run martlet up --detach --config deploy/demo/nodes.yaml
export KUBECONFIG=$(martlet kubeconfig)
run kubectl get nodes -L accelerator

bold "2  Apply manifests: prefill/decode on NPUs, a multi-node model on GPUs, a chat model with three replicas"
run kubectl create namespace dev
run kubectl create secret generic hf-token --from-literal=HUGGING_FACE_HUB_TOKEN=none
run kubectl apply -f $samples/deepseek-v2-lite -f $samples/llama-multinode -f $samples/chat
run kubectl wait --for=condition=Available --timeout=60s modelserving/deepseek-v2-lite -n dev
run kubectl wait --for=condition=Available --timeout=60s modelserving/chat modelserving/llama-multinode
run kubectl get pods -A -o wide
run kubectl get modelservings -A

ask() { # JSON body; prints the answer's text
    curl -sS --fail-with-body "$gateway/v1/chat/completions" -H 'Content-Type: application/json' -d "$1"
}

bold "3  One question, answered by a prefill pod and a decode pod"
question='{"model":"deepseek-ai/DeepSeekV2","messages":[{"role":"user","content":"Where is the capital of China?"}],"stream":false}'
printf '\033[36m$ curl %s/v1/chat/completions -d %s\033[0m\n' "$gateway" "'$question'"
ask "$question" && echo
printf '\033[36m$ the same, streamed\033[0m\n'
ask "${question/false/true}" | sed -n '1,3p;$p'

bold "4  A conversation: each turn goes where its prefix lives"
python3 deploy/demo/conversation.py "$gateway" chat

bold "5  Where the requests went, and why"
run martlet requests
run martlet status

if [ "${KEEP:-}" = 1 ]; then
    bold "Martlet stays up. Talk to it:"
    cat <<END
  export KUBECONFIG=$KUBECONFIG
  export MARTLET_DATA_DIR=$MARTLET_DATA_DIR
  export PATH=$PWD/.venv/bin:$PWD/.build/release:\$PATH
  kubectl get pods -A; martlet status; martlet requests
  curl $gateway/v1/models
  martlet down
END
else
    bold "6  Stop everything"
    run martlet down
fi
printf '\ndemo: done after %s s\n' $((SECONDS - began))
