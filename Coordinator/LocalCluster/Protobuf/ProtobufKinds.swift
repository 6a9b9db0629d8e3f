import JSONValues

/// The objects that `kubectl create`, `auth` and `drain` send as protobuf whatever the server says it accepts; all else
/// they send as JSON. Field numbers are those of Kubernetes' `generated.proto`, fixed for good.
enum ProtobufKinds {
    static let mediaType = "application/vnd.kubernetes.protobuf"

    /// The JSON of a body: four magic bytes, then an envelope that names the kind and holds the object.
    ///
    /// Nil where the kind is not in the table. Throws where the bytes are no such message.
    static func json(_ body: [UInt8]) throws(ProtobufReader.Fault) -> JSONValue? {
        guard body.starts(with: [0x6B, 0x38, 0x73, 0x00]) else { throw ProtobufReader.Fault() }
        var reader = ProtobufReader(body.dropFirst(4))
        var type = JSONValue.object(JSONObject())
        var raw: ArraySlice<UInt8> = []
        while let (number, value) = try reader.next() {
            guard case .bytes(let bytes) = value else { continue }
            if number == 1 { type = try typeMeta.json(bytes) }
            if number == 2 { raw = bytes }
        }
        guard let kind = type["kind"]?.string, let message = messages[kind] else { return nil }
        var json = try message.json(raw)
        json["apiVersion"] = type["apiVersion"]
        json["kind"] = type["kind"]
        return json
    }

    private static let typeMeta = ProtobufMessage([1: ("apiVersion", .text), 2: ("kind", .text)])

    private static let messages: [String: ProtobufMessage] = [
        "Role": ProtobufMessage([1: ("metadata", .message(metadata)), 2: ("rules", .list(.message(policyRule)))]),
        "ClusterRole": ProtobufMessage([
            1: ("metadata", .message(metadata)), 2: ("rules", .list(.message(policyRule))),
        ]),
        "RoleBinding": roleBinding, "ClusterRoleBinding": roleBinding,
        "TokenRequest": ProtobufMessage([
            2: (
                "spec",
                .message(ProtobufMessage([1: ("audiences", .list(.text)), 4: ("expirationSeconds", .integer)]))
            )
        ]),
        "Namespace": ProtobufMessage([1: ("metadata", .message(metadata))]),
        "ConfigMap": ProtobufMessage([
            1: ("metadata", .message(metadata)), 2: ("data", .map(.text)), 3: ("binaryData", .map(.bytes)),
            4: ("immutable", .bool),
        ]),
        "Secret": ProtobufMessage([
            1: ("metadata", .message(metadata)), 2: ("data", .map(.bytes)), 3: ("type", .text),
            4: ("stringData", .map(.text)), 5: ("immutable", .bool),
        ]),
        "ServiceAccount": ProtobufMessage([
            1: ("metadata", .message(metadata)), 2: ("secrets", .list(.message(reference))),
            3: ("imagePullSecrets", .list(.message(ProtobufMessage([1: ("name", .text)])))),
            4: ("automountServiceAccountToken", .bool),
        ]),
        "Service": ProtobufMessage([1: ("metadata", .message(metadata)), 2: ("spec", .message(serviceSpec))]),
        "PriorityClass": ProtobufMessage([
            1: ("metadata", .message(metadata)), 2: ("value", .integer), 3: ("globalDefault", .bool),
            4: ("description", .text), 5: ("preemptionPolicy", .text),
        ]),
        "Binding": ProtobufMessage([1: ("metadata", .message(metadata)), 2: ("target", .message(reference))]),
        "Eviction": ProtobufMessage([
            1: ("metadata", .message(metadata)), 2: ("deleteOptions", .message(deleteOptions)),
        ]),
        "DeleteOptions": deleteOptions,
        "SelfSubjectAccessReview": ProtobufMessage([:]), "SelfSubjectRulesReview": ProtobufMessage([:]),
        "SelfSubjectReview": ProtobufMessage([:]), "SubjectAccessReview": ProtobufMessage([:]),
        "LocalSubjectAccessReview": ProtobufMessage([:]),
    ]

    /// Without what the server sets.
    private static let metadata = ProtobufMessage([
        1: ("name", .text), 2: ("generateName", .text), 3: ("namespace", .text), 5: ("uid", .text),
        6: ("resourceVersion", .text), 11: ("labels", .map(.text)), 12: ("annotations", .map(.text)),
        13: (
            "ownerReferences",
            .list(
                .message(
                    ProtobufMessage([
                        1: ("kind", .text), 3: ("name", .text), 4: ("uid", .text), 5: ("apiVersion", .text),
                        6: ("controller", .bool), 7: ("blockOwnerDeletion", .bool),
                    ])))
        ),
        14: ("finalizers", .list(.text)),
    ])

    private static let policyRule = ProtobufMessage([
        1: ("verbs", .list(.text)), 2: ("apiGroups", .list(.text)), 3: ("resources", .list(.text)),
        4: ("resourceNames", .list(.text)), 5: ("nonResourceURLs", .list(.text)),
    ])

    private static let roleBinding = ProtobufMessage([
        1: ("metadata", .message(metadata)),
        2: (
            "subjects",
            .list(
                .message(
                    ProtobufMessage([
                        1: ("kind", .text), 2: ("apiGroup", .text), 3: ("name", .text), 4: ("namespace", .text),
                    ])))
        ),
        3: ("roleRef", .message(ProtobufMessage([1: ("apiGroup", .text), 2: ("kind", .text), 3: ("name", .text)]))),
    ])

    private static let reference = ProtobufMessage([
        1: ("kind", .text), 2: ("namespace", .text), 3: ("name", .text), 4: ("uid", .text), 5: ("apiVersion", .text),
        6: ("resourceVersion", .text), 7: ("fieldPath", .text),
    ])

    private static let deleteOptions = ProtobufMessage([
        1: ("gracePeriodSeconds", .integer),
        2: ("preconditions", .message(ProtobufMessage([1: ("uid", .text), 2: ("resourceVersion", .text)]))),
        3: ("orphanDependents", .bool), 4: ("propagationPolicy", .text), 5: ("dryRun", .list(.text)),
    ])

    private static let serviceSpec = ProtobufMessage([
        1: (
            "ports",
            .list(
                .message(
                    ProtobufMessage([
                        1: ("name", .text), 2: ("protocol", .text), 3: ("port", .integer),
                        4: ("targetPort", .integerOrText), 6: ("appProtocol", .text),
                    ])))
        ),
        2: ("selector", .map(.text)), 3: ("clusterIP", .text), 4: ("type", .text), 5: ("externalIPs", .list(.text)),
        7: ("sessionAffinity", .text), 8: ("loadBalancerIP", .text), 10: ("externalName", .text),
        11: ("externalTrafficPolicy", .text), 13: ("publishNotReadyAddresses", .bool), 17: ("ipFamilyPolicy", .text),
        18: ("clusterIPs", .list(.text)), 19: ("ipFamilies", .list(.text)), 22: ("internalTrafficPolicy", .text),
    ])
}
