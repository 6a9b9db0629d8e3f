import HTTPTypes
import Hummingbird
import JSONValues
import KubernetesAPI
import NIOCore

/// The form a client asks objects in, by its Accept header.
enum ResponseFormat: Sendable {
    case objects
    /// Rows and columns for people (`as=Table`).
    case table
    /// Metadata alone (`as=PartialObjectMetadata`, and of lists).
    case metadata

    init(accept: String) {
        for offer in accept.split(separator: ",") {
            let words = Set(offer.split(separator: ";").map { $0.filter { $0 != " " } })
            guard words.contains("application/json") || words.contains("*/*") else { continue }
            if words.contains("as=Table") {
                self = words.contains("v=v1") ? .table : .objects
                return
            }
            if words.contains("as=PartialObjectMetadata") || words.contains("as=PartialObjectMetadataList") {
                self = .metadata
                return
            }
            self = .objects
            return
        }
        self = .objects
    }

    static func metadata(of json: JSONValue) -> JSONValue {
        [
            "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
            "metadata": json["metadata"] ?? .object(JSONObject()),
        ]
    }
}

/// The rows of a table; how much of each object a row carries is the client's `includeObject`.
struct TableFormat: Sendable {
    let kind: ServedKind
    let include: TableRenderer.RowObject

    init(_ kind: ServedKind, _ query: QueryParameters) {
        self.kind = kind
        include = query["includeObject"].flatMap(TableRenderer.RowObject.init) ?? .metadata
    }

    /// A table of objects; the columns are left out where an earlier table of the same watch has told them.
    func table(
        _ objects: [JSONValue], version: Int64, continuation: String? = nil, now: Timestamp, hasColumns: Bool = true
    )
        -> JSONValue
    {
        var table = TableRenderer.table(
            kind: kind.kind, columns: kind.columns, objects: objects, now: now, include: include)
        table["metadata"] = .members([
            "resourceVersion": .string(String(version)), "continue": continuation.map { .string($0) },
        ])
        if !hasColumns { table["columnDefinitions"] = .null }
        return table
    }
}

extension Response {
    /// An answer of JSON text.
    static func json(
        _ bytes: [UInt8], status: HTTPResponse.Status = .ok, type: String = "application/json",
        warnings: [String] = []
    ) -> Response {
        json(ByteBuffer(bytes: bytes), status: status, type: type, warnings: warnings)
    }

    static func json(
        _ text: ByteBuffer, status: HTTPResponse.Status = .ok, type: String = "application/json",
        warnings: [String] = []
    ) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = type
        headers[.contentLength] = String(text.readableBytes)
        headers[.cacheControl] = "no-cache, private"
        for warning in warnings {
            let text = warning.filter { $0 != "\\" && !$0.isNewline }.split(
                separator: "\"", omittingEmptySubsequences: false
            )
            .joined(separator: "\\\"")
            if let name = HTTPField.Name("Warning") {
                headers.append(HTTPField(name: name, value: "299 - \"\(text)\""))
            }
        }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: text))
    }

    static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok, warnings: [String] = []) -> Response {
        json(value.bytes(), status: status, warnings: warnings)
    }

    static func status(_ answer: APIStatus) -> Response {
        var response = json(answer.json, status: HTTPResponse.Status(code: answer.code))
        if answer.code == 429 { response.headers[.retryAfter] = "1" }
        return response
    }

    static func text(_ text: String) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = "text/plain; charset=utf-8"
        headers[.contentLength] = String(text.utf8.count)
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
