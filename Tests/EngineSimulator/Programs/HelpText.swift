/// What `engine-simulator --help` says.
package enum HelpText {
    package static let text = """
        engine-simulator: stands in for a vLLM server, without a GPU or a model.

        USAGE
          engine-simulator [serve] [MODEL] [vLLM's flags] [the simulator's flags]
          engine-simulator container -- COMMAND [ARGUMENT...]   what a vLLM image would do with them
          engine-simulator runtime [--port 9000] [--engine-base-url URL]   Kthena's runtime sidecar
          engine-simulator downloader --source NAME --output-dir PATH      Kthena's downloader

        VLLM'S FLAGS THAT MATTER HERE (others are taken and change nothing; unknown ones are named once)
          --model NAME, --served-model-name NAME...   names clients use
          --host ADDRESS, --port 8000                 0.0.0.0 means the pod's own address, else 127.0.0.1
          --tokenizer FOLDER                          prompts become ids as these files say; else by a stand-in
          --max-model-len 8192, --max-num-seqs 256, --max-num-batched-tokens 8192
          --block-size 16, --num-gpu-blocks-override N, --[no-]enable-prefix-caching
          --kv-events-config JSON, --kv-transfer-config JSON
          --enable-lora, --max-loras N, --lora-modules NAME=PATH...
          --enable-prompt-tokens-details, --enable-server-load-tracking
          --tensor-parallel-size N, --pipeline-parallel-size N

        THE SIMULATOR'S FLAGS
          --time-scale 1              multiplies the time of every step; 0 takes none
          --calibration FILE          JSON: what steps cost, in seconds (step_seconds, prefill_seconds_per_token,
                                      attention_seconds_per_kilotoken, decode_seconds_per_sequence,
                                      decode_seconds_per_context_token, transfer_seconds,
                                      transfer_seconds_per_block, jitter)
          --simulator-seed N          of the jitter
          --startup-seconds 0         time before HTTP answers
          --kv-events-bytes-hashes    32-byte hashes in events; also VLLM_KV_EVENTS_USE_INT_BLOCK_HASHES=0
          --kv-events-array-form      events as vLLM 0.23 wrote them
          --enable-fault-injection    POST /simulator/fault {"kind": "hang" | "slow" | "crash" | "none"}

        ENVIRONMENT
          MARTLET_POD_IP, VLLM_HOST_IP          the address that stands for every address
          VLLM_NIXL_SIDE_CHANNEL_HOST, _PORT    where decode engines fetch blocks
          PYTHONHASHSEED                        seed of block hashes

        GET /simulator/blocks tells what the prefix cache really holds.
        """
}
