import HTTPTypes
import JSONValues
import KubernetesAPI
import Manifests

/// A request, read and decoded but for its body's meaning.
struct APIRequest: Sendable {
    /// Bytes a body may have, as in Kubernetes; a longer one is answered 413.
    static let bodyBytesMax = 3 * 1_024 * 1_024

    var method: HTTPRequest.Method
    var path: String
    var query: QueryParameters
    var accept: String
    var contentType: String
    var userAgent: String
    var user = ClientUser.owner
    var body: [UInt8]

    /// The media type of the body without its parameters.
    var mediaType: String {
        let type = contentType.split(separator: ";").first.map(String.init) ?? ""
        return type.filter { $0 != " " }.lowercased()
    }

    /// The body as one JSON value, from JSON or YAML; an empty object where there is none.
    func document() throws(APIStatus) -> JSONValue {
        if body.isEmpty { return .object(JSONObject()) }
        switch mediaType {
        case "application/yaml", "application/apply-patch+yaml":
            do {
                return try Manifest.document(String(decoding: body, as: UTF8.self), source: "the body of the request")
            } catch {
                throw .badRequest(error.description)
            }
        case "", "application/json", "text/plain", "application/json-patch+json", "application/merge-patch+json",
            "application/strategic-merge-patch+json", "application/x-www-form-urlencoded":
            do {
                return try JSONValue.parse(body)
            } catch {
                throw .badRequest("the body of the request is not valid JSON: \(error); correct it and try again")
            }
        case ProtobufKinds.mediaType:
            guard let json = try protobuf() else { fallthrough }
            return json
        default:
            throw .unsupportedMediaType(mediaType, accepted: ["application/json", "application/yaml"])
        }
    }

    private func protobuf() throws(APIStatus) -> JSONValue? {
        do {
            return try ProtobufKinds.json(body)
        } catch {
            throw .badRequest("the body of the request is not a protobuf message of Kubernetes")
        }
    }

    /// The body of a PATCH, by its media type.
    func patch() throws(APIStatus) -> PatchDocument {
        switch mediaType {
        case "application/json-patch+json": return .json(try document())
        case "application/merge-patch+json": return .merge(try document())
        case "application/strategic-merge-patch+json": return .strategic(try document())
        case "application/apply-patch+yaml", "application/apply-patch+json":
            return .apply(try document(), isForced: query.isTrue("force"))
        default:
            throw .unsupportedMediaType(
                mediaType,
                accepted: [
                    "application/json-patch+json", "application/merge-patch+json",
                    "application/strategic-merge-patch+json", "application/apply-patch+yaml",
                ])
        }
    }

    var writeOptions: WriteOptions {
        var options = WriteOptions()
        options.fieldValidation =
            query["fieldValidation"].flatMap(WriteOptions.FieldValidation.init) ?? options.fieldValidation
        options.fieldManager =
            query["fieldManager"] ?? userAgent.split(separator: "/").first.map(String.init) ?? options.fieldManager
        return options
    }

    var isDryRun: Bool { query["dryRun"] == "All" }

    /// Deletion options of the body, with those of the query over them.
    func deleteOptions() throws(APIStatus) -> DeleteOptions {
        var options = DeleteOptions(try document())
        options.gracePeriodSeconds = query.integer("gracePeriodSeconds") ?? options.gracePeriodSeconds
        if isDryRun { options.isDryRun = true }
        if let propagation = query["propagationPolicy"] {
            options.propagation = DeleteOptions.Propagation(rawValue: propagation)
        }
        return options
    }

    func selection(of kind: ServedKind, namespace: String?, name: String? = nil) throws(APIStatus) -> Selection {
        var selection = Selection(kind.storage, namespace: namespace)
        if let text = query["labelSelector"] {
            guard let labels = LabelSelector(text) else {
                throw .badRequest("unable to parse the label selector \"\(text)\"; write it as a=b,c!=d,e in (f,g)")
            }
            selection.labels = labels
        }
        if let text = query["fieldSelector"] {
            guard let fields = FieldSelector(text) else {
                throw .badRequest("unable to parse the field selector \"\(text)\"; write it as a.b=c,d!=e")
            }
            selection.fields = fields
        }
        if let name { selection.fields.terms.append(.init(field: "metadata.name", value: name, isEqual: true)) }
        if let field = selection.fields.unsupportedField(for: kind) {
            throw .badRequest("field label not supported: \(field)")
        }
        return selection
    }
}
