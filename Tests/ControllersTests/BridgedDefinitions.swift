import JSONValues
import KubernetesAPI
import Manifests

/// Definitions of the kinds that bridges write, with the fields and defaults that Volcano's and LeaderWorkerSet's have.
enum BridgedDefinitions {
    /// Volcano 1.14 and up: subgroups.
    static let podGroup = podGroup(
        queue: ["type": "string", "default": "default"],
        others: [
            "networkTopology": topology,
            "subGroupPolicy": [
                "type": "array",
                "items": [
                    "type": "object",
                    "properties": [
                        "name": ["type": "string", "maxLength": 253],
                        "subGroupSize": ["type": "integer", "format": "int32", "minimum": 1, "default": 1],
                        "minSubGroups": ["type": "integer", "format": "int32", "minimum": 0, "default": 0],
                        "matchLabelKeys": ["type": "array", "items": ["type": "string"]],
                        "labelSelector": [
                            "type": "object",
                            "properties": [
                                "matchLabels": ["type": "object", "additionalProperties": ["type": "string"]]
                            ],
                        ],
                        "networkTopology": topology,
                    ],
                ],
            ],
        ])

    /// Volcano 1.12: tasks instead of subgroups, a topology of the whole only, its tier by number.
    static let podGroupWithTasks = podGroup(
        queue: ["type": "string"],
        others: [
            "networkTopology": [
                "type": "object",
                "properties": [
                    "mode": ["type": "string", "enum": ["hard", "soft"], "default": "hard"],
                    "highestTierAllowed": ["type": "integer", "default": 1],
                ],
            ]
        ])

    private static let topology: JSONValue = [
        "type": "object",
        "properties": [
            "mode": ["type": "string", "enum": ["hard", "soft"], "default": "hard"],
            "highestTierAllowed": ["type": "integer", "minimum": 0],
            "highestTierName": ["type": "string", "maxLength": 253],
        ],
    ]

    private static func podGroup(queue: JSONValue, others: JSONValue) -> KubernetesObject {
        var group = definition(
            """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: podgroups.scheduling.volcano.sh}
            spec:
              group: scheduling.volcano.sh
              scope: Namespaced
              names: {kind: PodGroup, listKind: PodGroupList, plural: podgroups, singular: podgroup, shortNames: [pg]}
            """)
        let quantity: JSONValue = [
            "anyOf": [["type": "integer"], ["type": "string"]], "x-kubernetes-int-or-string": true,
        ]
        let properties: JSONValue = [
            "minMember": ["type": "integer", "format": "int32"],
            "minTaskMember": [
                "type": "object", "additionalProperties": ["type": "integer", "format": "int32"],
            ],
            "minResources": ["type": "object", "additionalProperties": quantity],
            "priorityClassName": ["type": "string"], "queue": queue,
        ]
        let spec: JSONValue = ["type": "object", "properties": properties.merging(others)]
        let status: JSONValue = ["type": "object", "x-kubernetes-preserve-unknown-fields": true]
        let schema: JSONValue = ["type": "object", "properties": ["spec": spec, "status": status]]
        group.spec["versions"] = [
            ["name": "v1beta1", "served": true, "storage": true, "schema": ["openAPIV3Schema": schema]]
        ]
        return group
    }

    /// LeaderWorkerSet, v1.
    static let leaderWorkerSet = definition(
        """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: leaderworkersets.leaderworkerset.x-k8s.io}
        spec:
          group: leaderworkerset.x-k8s.io
          scope: Namespaced
          names:
            kind: LeaderWorkerSet
            listKind: LeaderWorkerSetList
            plural: leaderworkersets
            singular: leaderworkerset
            shortNames: [lws]
          versions:
            - name: v1
              served: true
              storage: true
              subresources:
                status: {}
                scale:
                  specReplicasPath: .spec.replicas
                  statusReplicasPath: .status.replicas
                  labelSelectorPath: .status.hpaPodSelector
              schema:
                openAPIV3Schema:
                  type: object
                  properties:
                    spec:
                      type: object
                      required: [leaderWorkerTemplate]
                      properties:
                        replicas: {type: integer, format: int32, default: 1}
                        startupPolicy: {type: string, enum: [LeaderCreated, LeaderReady], default: LeaderCreated}
                        networkConfig:
                          type: object
                          properties:
                            subdomainPolicy: {type: string, enum: [Shared, UniquePerReplica]}
                        rolloutStrategy:
                          type: object
                          properties:
                            type: {type: string, enum: [RollingUpdate], default: RollingUpdate}
                            rollingUpdateConfiguration:
                              type: object
                              properties:
                                partition: {type: integer, format: int32, default: 0}
                                maxUnavailable:
                                  anyOf: [{type: integer}, {type: string}]
                                  x-kubernetes-int-or-string: true
                                  default: 1
                                maxSurge:
                                  anyOf: [{type: integer}, {type: string}]
                                  x-kubernetes-int-or-string: true
                                  default: 0
                        leaderWorkerTemplate:
                          type: object
                          required: [workerTemplate]
                          properties:
                            size: {type: integer, format: int32, default: 1}
                            restartPolicy:
                              type: string
                              enum: [Default, RecreateGroupOnPodRestart, RecreateGroupAfterStart, None]
                              default: RecreateGroupOnPodRestart
                            leaderTemplate: {type: object, x-kubernetes-preserve-unknown-fields: true}
                            workerTemplate: {type: object, x-kubernetes-preserve-unknown-fields: true}
                            subGroupPolicy: {type: object, x-kubernetes-preserve-unknown-fields: true}
                            volumeClaimTemplates:
                              type: array
                              items: {type: object, x-kubernetes-preserve-unknown-fields: true}
                    status:
                      type: object
                      properties:
                        replicas: {type: integer, format: int32}
                        readyReplicas: {type: integer, format: int32}
                        updatedReplicas: {type: integer, format: int32}
                        hpaPodSelector: {type: string}
                        conditions:
                          type: array
                          x-kubernetes-list-type: map
                          x-kubernetes-list-map-keys: [type]
                          items:
                            type: object
                            required: [lastTransitionTime, message, reason, status, type]
                            properties:
                              type: {type: string, maxLength: 316}
                              status: {type: string, enum: ["True", "False", Unknown]}
                              reason: {type: string, minLength: 1, maxLength: 1024}
                              message: {type: string, maxLength: 32768}
                              lastTransitionTime: {type: string, format: date-time}
                              observedGeneration: {type: integer, format: int64, minimum: 0}
        """)

    /// A definition as the API server shows it once it serves the kind.
    static func established(_ definition: KubernetesObject) -> KubernetesObject {
        var definition = definition
        definition.json[path: "metadata", "uid"] = "crd"
        definition.status = [
            "conditions": [
                Condition(
                    "Established", true, reason: "InitialNamesAccepted", message: "",
                    at: Timestamp(microseconds: 0)
                ).json
            ]
        ]
        return definition
    }

    private static func definition(_ text: String) -> KubernetesObject {
        do {
            return KubernetesObject(try Manifest.document(text, source: "definition"))
        } catch {
            preconditionFailure("the fixture is not YAML: \(error)")
        }
    }
}
