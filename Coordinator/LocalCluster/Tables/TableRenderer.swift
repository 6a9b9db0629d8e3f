package import JSONValues
package import KubernetesAPI

/// Renders objects as `meta.k8s.io/v1` Tables, the form `kubectl get` asks for.
package struct TableRenderer {
    /// What each row holds beside its cells (`includeObject` of the request).
    package enum RowObject: String, Sendable {
        /// The object's metadata, the default.
        case metadata = "Metadata"
        /// The whole object.
        case object = "Object"
        case none = "None"
    }

    /// A table with a row for each object. `columns` are those of a custom kind, after the name; empty takes those
    /// of the built-in kind, or name and age for a kind that has none.
    package static func table(
        kind: ResourceKind, columns: [PrinterColumn], objects: [JSONValue], now: Timestamp,
        include: RowObject = .metadata
    ) -> JSONValue {
        let layout = layout(of: kind, columns: columns)
        let rows = objects.map { object in
            JSONValue.members([
                "cells": .array(layout.cells(object, now)), "object": rowObject(object, include),
            ])
        }
        return [
            "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": .object(JSONObject()),
            "columnDefinitions": .array(layout.columns.map(\.definition)), "rows": .array(rows),
        ]
    }

    private static func layout(of kind: ResourceKind, columns: [PrinterColumn]) -> TableLayout {
        if columns.isEmpty { return TableLayout.builtIn(kind) ?? .nameAndAge }
        return TableLayout(columns: [.name] + columns) { object, now in
            [TableLayout.name(of: object)] + columns.map { cell($0, of: object, now: now) }
        }
    }

    /// The value of a custom kind's column in its declared type; null, which shows as nothing, where there is none.
    private static func cell(_ column: PrinterColumn, of object: JSONValue, now: Timestamp) -> JSONValue {
        guard let value = column.path?.first(in: object), !value.isNull else { return .null }
        switch column.type {
        case "date": return .string(Age.since(value.string, now: now))
        case "integer": return value.integer.map { JSONValue($0) } ?? .null
        case "number": return value.double.map { .double($0) } ?? .null
        case "boolean": return value.bool.map { .bool($0) } ?? .null
        default: return .string(value.string ?? value.text())
        }
    }

    private static func rowObject(_ object: JSONValue, _ include: RowObject) -> JSONValue? {
        switch include {
        case .none: nil
        case .object: object
        case .metadata:
            [
                "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
                "metadata": object["metadata"] ?? .object(JSONObject()),
            ]
        }
    }
}
