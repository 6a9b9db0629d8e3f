package import JSONValues

/// One column of the table in which a kind is shown to people.
package struct PrinterColumn: Sendable, Hashable {
    package var name: String
    /// `string`, `integer`, `number`, `boolean` or `date`.
    package var type: String
    /// `name` for the column kubectl puts the kind before; else empty.
    package var format: String
    package var description: String
    /// 0 is always shown, more only with `-o wide`.
    package var priority: Int
    /// Where a custom kind's column takes its value; nil for columns of built-in kinds.
    package var path: JSONPath?

    /// A column of a built-in kind.
    init(_ name: String, type: String = "string", format: String = "", wide: Bool = false) {
        self.name = name
        self.type = type
        self.format = format
        description = ""
        priority = wide ? 1 : 0
    }

    /// An element of `additionalPrinterColumns`; nil where it has no name or its path cannot be read.
    package init?(_ json: JSONValue) {
        guard let name = json["name"]?.string, let path = json["jsonPath"]?.string.flatMap({ JSONPath($0) }) else {
            return nil
        }
        self.name = name
        self.path = path
        type = json["type"]?.string ?? "string"
        format = json["format"]?.string ?? ""
        description = json["description"]?.string ?? ""
        priority = json["priority"]?.integer ?? 0
    }

    /// The columns of one version of a CustomResourceDefinition; the age alone where it states none.
    package static func columns(ofVersion version: JSONValue) -> [PrinterColumn] {
        let stated = version["additionalPrinterColumns"]?.elements ?? []
        if stated.isEmpty {
            return [PrinterColumn(["name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"])]
                .compactMap { $0 }
        }
        return stated.compactMap { PrinterColumn($0) }
    }

    /// This column in `columnDefinitions` of a Table.
    var definition: JSONValue {
        [
            "name": .string(name), "type": .string(type), "format": .string(format),
            "description": .string(description), "priority": JSONValue(priority),
        ]
    }

    static let name = PrinterColumn("Name", format: "name")
    static let age = PrinterColumn("Age")
}
