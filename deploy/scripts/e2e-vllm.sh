#!/usr/bin/env bash
# Real vLLM engines on the CPU under Martlet: predicted cached tokens equal the engine's own, with adapters, evictions,
# resets, killed engines and agents, and for a version that tells its events in arrays; and a NIXL prefill/decode pair
# answers through the router.
set -euo pipefail
cd "$(dirname "$0")/../.."
lab=$(realpath ../shared/lab/vllm 2>/dev/null || true)
if [ ! -x "$lab/up.sh" ]; then
    echo "e2e-vllm: skipped, ../shared/lab/vllm is not beside this checkout"
    exit 0
fi
cache=${LAB:-$HOME/.cache/martlet-lab}
# A copy, because the lab's folder may be read-only.
work=$PWD/.build/e2e-vllm
rm -rf "$work" && mkdir -p "$work" && cp -r "$lab" "$work/lab"
SETUP_ONLY=1 PD=1 "$work/lab/up.sh"

export MARTLET_DATA_DIR=$work/data
trap 'martlet down >/dev/null 2>&1 || true' EXIT
cat >"$work/nodes.yaml" <<YAML
nodes:
  - name: cpu-0
    resources: { cpu: "8", memory: 64Gi }
YAML
image() { # pattern environment-folder
    cat <<YAML
- image: "$1"
  program: $cache/$2/bin/vllm
  arguments: [serve, "{args...}", --host, "{podIP}"]
  replace:
    "tcp://*:5557": "tcp://[::ffff:{podIP}]:5557"
    "tcp://*:5558": "tcp://{podIP}:5558"
  environment:
    MODEL_DIR: $cache/tinymodel
    HOME: $HOME
    PATH: $cache/$2/bin:/usr/bin:/bin
    VLLM_TARGET_DEVICE: cpu
    CUDA_VISIBLE_DEVICES: ""
    VLLM_CPU_KVCACHE_SPACE: "1"
    VLLM_SERVER_DEV_MODE: "1"
    PYTHONHASHSEED: "0"
    VLLM_CPU_OMP_THREADS_BIND: nobind
    OMP_NUM_THREADS: "1"
    HF_HUB_OFFLINE: "1"
    TRANSFORMERS_OFFLINE: "1"
    VLLM_NO_USAGE_STATS: "1"
    DO_NOT_TRACK: "1"
    VLLM_HOST_IP: "{podIP}"
    VLLM_NIXL_SIDE_CHANNEL_HOST: "{podIP}"
    UCX_TLS: tcp,self,sm
    UCX_NET_DEVICES: lo
YAML
}
{
    image "vllm/vllm-openai:v0.23*" vllm-venv-0.23.0
    image "vllm/vllm-openai*" vllm-venv
} >"$work/images.yaml"
martlet up --detach --config "$work/nodes.yaml" --image-map "$work/images.yaml"
export KUBECONFIG=$(martlet kubeconfig)

deploy() { # name file
    sed "s#\$(MODEL_DIR)#$cache/tinymodel#; s#\$(LORA_DIR)#$cache/lora#" "Tests/EndToEndTests/vllm/$2.yaml" |
        kubectl apply -f -
    kubectl wait --for=condition=Available --timeout=240s "modelserving/$1"
    kubectl get pods -o wide
}
check() { # model what...
    local model=$1 what
    shift
    for what in "$@"; do
        python3 Tests/EndToEndTests/vllm/check.py "$what" \
            http://127.0.0.1:8080 http://127.0.0.1:9465 http://127.0.0.1:9464 "$model"
    done
}
deploy tiny engines
check tiny cached adapters evicted reset killed cut
kubectl delete modelserving tiny --wait
if [ -x "$cache/vllm-venv-0.23.0/bin/vllm" ]; then
    deploy tiny-arrays arrays
    check tiny-arrays cached evicted reset cut
    kubectl delete modelserving tiny-arrays --wait
else
    echo "e2e-vllm: vLLM 0.23.0 is not installed (VERSION=0.23.0 SETUP_ONLY=1 lab/vllm/up.sh): only recordings test it"
fi
deploy tiny-pd prefill-decode
check tiny-pd pair
martlet requests
martlet down
