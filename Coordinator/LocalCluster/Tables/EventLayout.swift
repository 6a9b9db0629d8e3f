import JSONValues
import KubernetesAPI

extension TableLayout {
    static let event = TableLayout(columns: [
        PrinterColumn("Last Seen"), PrinterColumn("Type"), PrinterColumn("Reason"), PrinterColumn("Object"),
        PrinterColumn("Subobject", wide: true), PrinterColumn("Source", wide: true), PrinterColumn("Message"),
        PrinterColumn("First Seen", wide: true), PrinterColumn("Count", wide: true),
        PrinterColumn("Name", format: "name", wide: true),
    ]) { object, now in
        let subject = object["involvedObject"] ?? object["regarding"] ?? .null
        let message = object["message"]?.string ?? object["note"]?.string ?? ""
        let count = object[path: "series", "count"]?.integer ?? object["count"]?.integer ?? 1
        return [
            .string(Age.since(lastSeen(object), now: now)), .string(object["type"]?.string ?? ""),
            .string(object["reason"]?.string ?? ""),
            .string("\((subject["kind"]?.string ?? "").lowercased())/\(subject["name"]?.string ?? "")"),
            .string(subject["fieldPath"]?.string ?? ""), .string(source(of: object)), .string(trimmed(message)),
            .string(Age.since(firstSeen(object), now: now)), JSONValue(max(1, count)), name(of: object),
        ]
    }

    private static func lastSeen(_ event: JSONValue) -> String? {
        event[path: "series", "lastObservedTime"]?.string ?? event["lastTimestamp"]?.string ?? firstSeen(event)
    }

    private static func firstSeen(_ event: JSONValue) -> String? {
        event["firstTimestamp"]?.string ?? event["eventTime"]?.string
            ?? event[path: "metadata", "creationTimestamp"]?.string
    }

    private static func source(of event: JSONValue) -> String {
        let component = event[path: "source", "component"]?.string ?? event["reportingComponent"]?.string ?? ""
        let place = event[path: "source", "host"]?.string ?? event["reportingInstance"]?.string ?? ""
        return place.isEmpty ? component : "\(component), \(place)"
    }

    private static func trimmed(_ text: String) -> String {
        var text = text[...]
        while text.last?.isWhitespace ?? false { text = text.dropLast() }
        return String(text)
    }
}
