import KubernetesAPI
import Manifests
import ServingAPI

/// Manifests of the tests.
enum Samples {
    /// Prefill and decode on one group, as in the published prefill-decode example.
    static let prefillDecode = """
        apiVersion: workload.serving.volcano.sh/v1alpha1
        kind: ModelServing
        metadata: {name: deepseek-v2-lite, namespace: dev, uid: ms-1, generation: 1}
        spec:
          schedulerName: volcano
          replicas: 1
          recoveryPolicy: ServingGroupRecreate
          template:
            restartGracePeriodSeconds: 60
            roles:
              - name: prefill
                replicas: 1
                entryTemplate:
                  spec:
                    initContainers:
                      - name: downloader
                        image: ghcr.io/volcano-sh/downloader:latest
                        args: [--source, deepseek-ai/DeepSeek-V2-Lite]
                    containers:
                      - {name: runtime, image: "ghcr.io/volcano-sh/runtime:latest"}
                      - name: vllm
                        image: ghcr.io/volcano-sh/kthena-engine:vllm-ascend_v0.10.1rc1_mooncake_v0.3.5
                        env:
                          - {name: HF_HUB_OFFLINE, value: "1"}
                          - {name: GROUP_SIZE, value: "99"}
                        resources:
                          limits: {cpu: "8", memory: 64Gi, huawei.com/ascend-1980: "4"}
                          requests: {cpu: "8", memory: 64Gi, huawei.com/ascend-1980: "4"}
              - name: decode
                replicas: 1
                entryTemplate:
                  spec:
                    containers:
                      - name: vllm
                        image: ghcr.io/volcano-sh/kthena-engine:vllm-ascend_v0.10.1rc1_mooncake_v0.3.5
                        resources:
                          limits: {cpu: "8", memory: 64Gi, huawei.com/ascend-1980: "4"}
        """

    /// Two role replicas of an entry and a worker, as in the published multi-node example.
    static let multiNode = """
        apiVersion: workload.serving.volcano.sh/v1alpha1
        kind: ModelServing
        metadata: {name: llama-multinode, namespace: default, uid: ms-2, generation: 1}
        spec:
          schedulerName: volcano
          replicas: 1
          template:
            restartGracePeriodSeconds: 60
            gangPolicy:
              minRoleReplicas: {405b: 1}
            roles:
              - name: 405b
                replicas: 2
                entryTemplate:
                  metadata:
                    labels: {team: search}
                    annotations: {note: leader}
                  spec:
                    containers:
                      - name: leader
                        image: vllm/vllm-openai:latest
                        command: [sh, -c, "bash multi-node-serving.sh leader --ray_cluster_size=2"]
                        resources:
                          limits: {nvidia.com/gpu: "8", memory: 1124Gi}
                          requests: {cpu: 125}
                workerReplicas: 1
                workerTemplate:
                  spec:
                    containers:
                      - name: worker
                        image: vllm/vllm-openai:latest
                        command: [sh, -c, "bash multi-node-serving.sh worker --ray_address=$(ENTRY_ADDRESS)"]
                        resources:
                          limits: {nvidia.com/gpu: "8", memory: 1124Gi}
        """

    /// Two groups of one prefill replica with a worker and two decode replicas.
    static let appendix = """
        apiVersion: workload.serving.volcano.sh/v1alpha1
        kind: ModelServing
        metadata: {name: ds, namespace: team, uid: ms-3, generation: 1}
        spec:
          replicas: 2
          template:
            gangPolicy:
              minRoleReplicas: {prefill: 1, decode: 1}
            roles:
              - name: prefill
                replicas: 1
                workerReplicas: 1
                entryTemplate: {spec: {containers: [{name: e, image: a, resources: {requests: {cpu: 8}}}]}}
                workerTemplate: {spec: {containers: [{name: e, image: a, resources: {requests: {cpu: 8}}}]}}
              - name: decode
                replicas: 2
                workerReplicas: 0
                entryTemplate: {spec: {containers: [{name: e, image: a, resources: {requests: {cpu: 4}}}]}}
        """

    static func object(_ text: String) throws -> KubernetesObject {
        KubernetesObject(try Manifest.document(text, source: "sample"))
    }

    static func serving(_ text: String) throws -> ModelServing { try ModelServing(object(text)) }
}
