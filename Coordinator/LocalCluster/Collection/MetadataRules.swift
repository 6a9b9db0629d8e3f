import JSONValues
import KubernetesAPI
import ServingAPI

/// Rules about the metadata that objects of every kind have.
enum MetadataRules {
    /// Bytes that all annotations of an object may take together.
    static let annotationBytesMax = 262_144

    static func problems(_ kind: ResourceKind, _ json: JSONValue) -> [FieldProblem] {
        let metadata = json["metadata"] ?? .null
        var problems = nameProblems(kind, metadata)
        for (key, value) in (metadata["labels"]?.stringMap ?? [:]).sorted(by: { $0.key < $1.key }) {
            if !NameRules.isLabelKey(key) {
                problems.append(
                    .invalid(
                        "metadata.labels", .string(key),
                        "a label key is at most 63 letters, digits, '-', '_' and '.', after an optional domain and '/'")
                )
            }
            if !NameRules.isLabelValue(value) {
                problems.append(
                    .invalid(
                        "metadata.labels", .string(value),
                        "a label value is at most 63 letters, digits, '-', '_' and '.', or empty"))
            }
        }
        problems += textProblems("metadata.labels", metadata["labels"])
        problems += textProblems("metadata.annotations", metadata["annotations"])
        let annotationBytes = (metadata["annotations"]?.stringMap ?? [:])
            .reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        if annotationBytes > annotationBytesMax {
            problems.append(.tooLong("metadata.annotations", bytesMax: annotationBytesMax))
        }
        return problems
    }

    /// An object without the empty maps and lists of its metadata, which say no more than their absence.
    static func normalized(_ json: JSONValue) -> JSONValue {
        guard var metadata = json["metadata"]?.object else { return json }
        for field in ["labels", "annotations", "finalizers", "ownerReferences", "managedFields"] {
            guard let value = metadata[field] else { continue }
            if value.isNull || value.object?.isEmpty == true || value.array?.isEmpty == true { metadata[field] = nil }
        }
        var json = json
        json["metadata"] = .object(metadata)
        return json
    }

    private static func nameProblems(_ kind: ResourceKind, _ metadata: JSONValue) -> [FieldProblem] {
        let name = metadata["name"]?.string ?? ""
        if name.isEmpty {
            return metadata["generateName"]?.string?.isEmpty ?? true
                ? [.required("metadata.name", "name or generateName is required")] : []
        }
        switch kind {
        case .service:
            if NameRules.isDNS1035Label(name) { return [] }
            return [
                .invalid(
                    "metadata.name", .string(name),
                    "a service name is at most 63 lower-case letters, digits and '-', starting with a letter")
            ]
        case .namespace:
            if NameRules.isDNS1123Label(name) { return [] }
            return [
                .invalid(
                    "metadata.name", .string(name),
                    "a namespace name is at most 63 lower-case letters, digits and inner '-'")
            ]
        case _ where kind.group == "rbac.authorization.k8s.io":
            // Such as system:controller:x; only what cannot stand in a path is refused.
            if name != ".", name != "..", !name.contains(where: { $0 == "/" || $0 == "%" }) { return [] }
            return [.invalid("metadata.name", .string(name), "a name may not be . or .. or contain / or %")]
        default:
            if NameRules.isDNS1123Subdomain(name) { return [] }
            return [
                .invalid(
                    "metadata.name", .string(name),
                    "a name is at most 253 lower-case letters, digits, inner '-' and inner '.'")
            ]
        }
    }

    /// Members that are no text, where only texts may stand.
    private static func textProblems(_ path: String, _ map: JSONValue?) -> [FieldProblem] {
        guard let map, !map.isNull else { return [] }
        guard let object = map.object else { return [.wrongType(path, map, expected: "object")] }
        return object.compactMap { key, value in
            value.string == nil ? .wrongType("\(path)[\(key)]", value, expected: "string") : nil
        }
    }

    /// Rules about `data` of ConfigMaps and Secrets: keys are file names, values are texts.
    static func dataProblems(_ json: JSONValue) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        for (key, value) in json["data"]?.object ?? JSONObject() {
            let isFileName = key.utf8.allSatisfy { byte in
                Unicode.Scalar(byte).properties.isAlphabetic || (48...57).contains(byte) || "-_.".utf8.contains(byte)
            }
            if key.isEmpty || !isFileName || key == "." || key == ".." || key.utf8.count > 253 {
                problems.append(
                    .invalid("data[\(key)]", .string(key), "a key is at most 253 letters, digits, '-', '_' and '.'"))
            }
            guard let text = value.string else {
                problems.append(.wrongType("data[\(key)]", value, expected: "string"))
                continue
            }
            if json["kind"] == "Secret", !Base64.isValid(text) {
                // The value of a Secret is not repeated in a message.
                problems.append(.invalid("data[\(key)]", "…", "must be base64; write plain text in stringData"))
            }
        }
        return problems
    }
}
