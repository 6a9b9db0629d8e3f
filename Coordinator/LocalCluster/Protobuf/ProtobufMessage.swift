import KubernetesAPI
import JSONValues
import KubernetesAPI

/// How a protobuf message becomes a JSON object: its fields by number.
struct ProtobufMessage: Sendable {
    indirect enum FieldType: Sendable {
        /// Left out when empty, as Go writes texts that were not set.
        case text
        /// As base64; left out when empty.
        case bytes
        case integer
        case bool
        case message(ProtobufMessage)
        /// A number or a text, as ports of services have.
        case integerOrText
        case list(FieldType)
        case map(FieldType)
    }

    let fields: [Int: (name: String, type: FieldType)]

    init(_ fields: [Int: (String, FieldType)]) { self.fields = fields.mapValues { (name: $0.0, type: $0.1) } }

    /// The JSON object of a message; fields that are not in the table are skipped.
    func json(_ bytes: ArraySlice<UInt8>) throws(ProtobufReader.Fault) -> JSONValue {
        var reader = ProtobufReader(bytes)
        var object = JSONObject()
        while let (number, value) = try reader.next() {
            guard let (name, type) = fields[number] else { continue }
            switch type {
            case .list(let element):
                guard let element = try ProtobufMessage.element(value, element) else { continue }
                object[name] = .array((object[name]?.elements ?? []) + [element])
            case .map(let element):
                guard let (key, value) = try ProtobufMessage.entry(value, element) else { continue }
                var map = object[name] ?? .object(JSONObject())
                map[key] = value
                object[name] = map
            default:
                if let json = try ProtobufMessage.json(value, type) { object[name] = json }
            }
        }
        return .object(object)
    }

    /// An element of a list; an empty text is one, such as the core API group.
    private static func element(
        _ value: ProtobufReader.Value, _ type: FieldType
    ) throws(ProtobufReader.Fault) -> JSONValue? {
        if case .text = type { return try json(value, type) ?? "" }
        return try json(value, type)
    }

    private static func json(_ value: ProtobufReader.Value, _ type: FieldType) throws(ProtobufReader.Fault)
        -> JSONValue?
    {
        switch (type, value) {
        case (.text, .bytes(let bytes)): return bytes.isEmpty ? nil : .string(String(decoding: bytes, as: UTF8.self))
        case (.bytes, .bytes(let bytes)): return .string(Base64.encode(Array(bytes)))
        case (.integer, .number(let number)): return .integer(Int64(bitPattern: number))
        case (.bool, .number(let number)): return .bool(number != 0)
        case (.message(let message), .bytes(let bytes)):
            let json = try message.json(bytes)
            return json.object?.isEmpty == true ? nil : json
        case (.integerOrText, .bytes(let bytes)):
            let json = try integerOrText.json(bytes)
            return json["type"] == 1 ? json["text"] : json["number"] ?? 0
        default: throw ProtobufReader.Fault()
        }
    }

    private static let integerOrText = ProtobufMessage([
        1: ("type", .integer), 2: ("number", .integer), 3: ("text", .text),
    ])

    /// An entry of a map: a message of a key and a value. An empty text is a value here.
    private static func entry(
        _ value: ProtobufReader.Value, _ type: FieldType
    ) throws(ProtobufReader.Fault) -> (String, JSONValue)? {
        guard case .bytes(let bytes) = value else { throw ProtobufReader.Fault() }
        let json = try ProtobufMessage([1: ("key", .text), 2: ("value", type)]).json(bytes)
        guard let key = json["key"]?.string else { return nil }
        return (key, json["value"] ?? "")
    }
}
