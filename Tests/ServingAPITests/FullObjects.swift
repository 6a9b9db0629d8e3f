import JSONValues
import KubernetesAPI

/// Objects that use every field of their kind's schema, for the tests that hold schemas and views together.
enum FullObjects {
    static let topology: JSONValue = ["mode": "hard", "highestTierAllowed": 1, "highestTierName": "rack"]
    static let serving: JSONValue = {
        var object = TestObjects.serving
        object[path: "spec", "schedulerName"] = "volcano"
        object[path: "spec", "recoveryPolicy"] = "None"
        object[path: "spec", "plugins"] = [["name": "p"]]
        object[path: "spec", "topologySpreadConstraints"] = [["maxSkew": 1]]
        object[path: "spec", "rolloutStrategy"] = [
            "type": "ServingGroupRollingUpdate",
            "rollingUpdateConfiguration": ["maxUnavailable": 1, "partition": 1, "maxSurge": 1],
        ]
        object[path: "spec", "template", "restartGracePeriodSeconds"] = 1
        object[path: "spec", "template", "gangPolicy"] = ["minRoleReplicas": ["prefill": 1]]
        object[path: "spec", "template", "networkTopology"] = ["groupPolicy": topology, "rolePolicy": topology]
        object[path: "spec", "template", "roles"] = [
            [
                "name": "r", "replicas": 1, "entryTemplate": TestObjects.template("i"), "workerReplicas": 1,
                "workerTemplate": TestObjects.template("i"), "maxUnavailable": 1, "partition": 1,
            ]
        ]
        return object
    }()
    static let server: JSONValue = {
        var object = TestObjects.server
        object[path: "spec", "model"] = "m"
        object[path: "spec", "workloadPort", "protocol"] = "http"
        object[path: "spec", "workloadSelector", "pdGroup"] = ModelServerRuleTests.pdGroup
        object[path: "spec", "kvConnector"] = ["type": "nixl"]
        object[path: "spec", "trafficPolicy"] = [
            "timeout": "1s", "retry": ["attempts": 1, "retryInterval": "1s"],
        ]
        return object
    }()
    static let route: JSONValue = {
        var object = TestObjects.route
        object[path: "spec", "loraAdapters"] = ["a"]
        object[path: "spec", "parentRefs"] = [["name": "g"]]
        object[path: "spec", "rateLimit"] = [
            "inputTokensPerUnit": 1, "outputTokensPerUnit": 1, "unit": "day", "global": ["redis": ["address": "r:1"]],
        ]
        object[path: "spec", "rules"] = [
            [
                "name": "r",
                "modelMatch": [
                    "headers": ["h": ["exact": "e"]], "uri": ["regex": "e"], "body": ["model": "m"],
                ],
                "targetModels": [["modelServerName": "s", "weight": 1]],
            ]
        ]
        return object
    }()

    private static let worker: JSONValue = [
        "type": "server", "image": "i", "replicas": 1, "pods": 1, "resources": [:], "affinity": [:],
        "tolerations": [[:]],
        "config": [:],
    ]
    private static let backend: JSONValue = [
        "name": "b", "type": "vLLM", "modelURI": "hf://m", "cacheURI": "hostpath://c", "env": [["name": "E"]],
        "envFrom": [[:]], "replicas": 1, "schedulerName": "s", "runtimeClassName": "r", "workers": [worker],
        "maxReplicas": 2, "scalingCost": 1, "routeWeight": 1, "scaleToZeroGracePeriod": "1m", "autoscalingPolicy": [:],
        "loraAdapters": [["name": "l", "artifactURL": "hf://l"]],
    ]
    static let boosters: [JSONValue] = {
        let match: JSONValue = [
            "headers": ["*": ["exact": "e"]], "uri": ["regex": "e"], "body": ["model": "m"],
        ]
        var earlier = backend
        earlier["replicas"] = nil
        earlier["minReplicas"] = 1
        return [
            ["spec": ["name": "n", "owner": "o", "modelMatch": match, "backend": backend]],
            ["spec": ["backend": earlier, "autoscalingPolicy": [:], "costExpansionRatePercent": 1]],
            ["spec": ["backends": [backend]]],
        ]
    }()

    private static let reference: JSONValue = [
        "apiVersion": "v", "kind": "ModelServing", "name": "n", "namespace": "ns",
    ]
    private static let selector: JSONValue = ["matchLabels": ["*": "v"], "matchExpressions": [[:]]]
    private static let podSource: JSONValue = [
        "*": ["pod": ["name": "n", "uri": "/m", "port": 1, "labelSelector": selector]]
    ]
    private static let prometheusSource: JSONValue = [
        "*": ["prometheus": ["serverURL": "http://p:1", "query": "q", "auth": [:]]]
    ]
    private static let stable: JSONValue = [
        "instances": 1, "percent": 1, "period": "1s", "selectPolicy": "Or", "stabilizationWindow": "1s",
    ]
    private static let metrics: JSONValue = [["name": "n", "targetValue": 1]]
    static let policies: [JSONValue] =
        [
            [
                "spec": [
                    "tolerancePercent": 1, "metrics": metrics,
                    "behavior": [
                        "scaleUp": [
                            "stablePolicy": stable,
                            "panicPolicy": [
                                "percent": 1, "period": "1s", "panicThresholdPercent": 200, "panicModeHold": "1s",
                            ],
                        ], "scaleDown": stable,
                    ],
                ]
            ],
            ["spec": ["metrics": [["metricName": "n", "targetValue": 1]]]],
        ]
        + [podSource, prometheusSource].flatMap { sources -> [JSONValue] in
            let target: JSONValue = ["targetRef": reference, "metricSources": sources]
            let bounds: JSONValue = ["minReplicas": 0, "maxReplicas": 1]
            let role: JSONValue = bounds.merging(["metrics": metrics, "metricSources": sources])
            return [
                ["spec": ["homogeneousTarget": bounds.merging(["target": target])]],
                [
                    "spec": [
                        "heterogeneousTarget": [
                            "params": [bounds.merging(["target": target, "cost": 1])], "costExpansionRatePercent": 1,
                        ]
                    ]
                ],
                [
                    "spec": [
                        "disaggregatedTarget": [
                            "targetRef": reference, "roles": ["*": role],
                            "ratioConstraint": [
                                "numeratorRole": "*", "denominatorRole": "d", "minRatio": 1, "maxRatio": 1,
                            ],
                        ]
                    ]
                ],
                [
                    "spec": [
                        "disaggregatedTarget": [
                            "targetRef": reference,
                            "roles": ["*": bounds.merging(["metrics": [["metricName": "n", "targetValue": 1]]])],
                        ]
                    ]
                ],
            ]
        }

    static let policyOfBindings: JSONValue = ["spec": ["metrics": metrics]]
    /// Where the schema of a binding has a target.
    static let bindingTargets = [
        "spec.homogeneousTarget.target", "spec.heterogeneousTarget.params[].target",
        "spec.scalingConfiguration.target", "spec.optimizerConfiguration.params[].target",
    ]
    static let bindings: [JSONValue] = {
        let target: JSONValue = [
            "targetRef": reference, "metricEndpoint": ["uri": "/m", "port": 1, "labelSelector": selector],
        ]
        let bounds: JSONValue = ["minReplicas": 0, "maxReplicas": 1]
        let one = bounds.merging(["target": target])
        let several: JSONValue = [
            "params": [bounds.merging(["target": target, "cost": 1])], "costExpansionRatePercent": 1,
        ]
        return [
            ("homogeneousTarget", one), ("heterogeneousTarget", several), ("scalingConfiguration", one),
            ("optimizerConfiguration", several),
        ].map { ["spec": .members(["policyRef": ["name": "p"], $0.0: $0.1])] }
    }()

    static let provider: JSONValue = [
        "spec": [
            "providerType": "OpenAI", "model": "m", "baseURL": "https://p", "insecureSkipVerify": false,
            "auth": ["scheme": "Bearer", "secretRef": ["name": "s", "key": "k", "optional": false]],
            "headers": ["*": "v"],
        ]
    ]
}
