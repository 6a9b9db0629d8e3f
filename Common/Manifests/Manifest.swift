package import JSONValues
import Yams

/// Why a YAML or JSON text could not be read: one sentence with the source, the place and the fault.
package struct ManifestError: Error, Hashable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}

/// YAML and JSON texts as JSON values.
package enum Manifest {
    /// The documents of a text, empty ones left out. `source` names the text in errors (a path, or `standard input`).
    ///
    /// Throws where the text is not YAML, where an alias, a tag or a key has no place in JSON.
    package static func documents(_ text: String, source: String) throws(ManifestError) -> [JSONValue] {
        do {
            var nodes = try Yams.compose_all(yaml: text)
            var values: [JSONValue] = []
            while let node = nodes.next() { values.append(try value(of: node, source: source)) }
            // The sequence ends at a fault as it does at the end of the text.
            if let error = nodes.error { throw error }
            return values.filter { !$0.isNull }
        } catch let error as ManifestError {
            throw error
        } catch let error as YamlError {
            throw ManifestError("\(source) is not valid YAML: \(summary(of: error)); correct that line and try again")
        } catch {
            throw ManifestError("\(source) is not valid YAML: \(error)")
        }
    }

    /// The only document of a text; an empty object for an empty text.
    package static func document(_ text: String, source: String) throws(ManifestError) -> JSONValue {
        let all = try documents(text, source: source)
        guard all.count < 2 else { throw ManifestError("\(source) holds \(all.count) documents, one is expected") }
        return all.first ?? .object(JSONObject())
    }

    private static func value(of node: Node, source: String) throws(ManifestError) -> JSONValue {
        switch node {
        case .scalar(let scalar):
            return value(of: scalar, node: node)
        case .sequence(let sequence):
            var elements: [JSONValue] = []
            for element in sequence { elements.append(try value(of: element, source: source)) }
            return .array(elements)
        case .mapping(let mapping):
            var object = JSONObject()
            for (key, member) in mapping {
                guard let name = key.scalar?.string else {
                    throw ManifestError("\(source): a key at line \(key.mark?.line ?? 0) is not a plain string")
                }
                object[name] = try value(of: member, source: source)
            }
            return .object(object)
        case .alias:
            throw ManifestError("\(source): an alias stands without its anchor")
        }
    }

    /// A plain scalar by the YAML 1.2 core schema with YAML 1.1's booleans left as text, a quoted one as text.
    private static func value(of scalar: Node.Scalar, node: Node) -> JSONValue {
        guard scalar.style == .plain || scalar.style == .any else { return .string(scalar.string) }
        switch scalar.string {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        default: break
        }
        if let integer = Int64(scalar.string) { return .integer(integer) }
        if let first = scalar.string.utf8.first, first == 45 || first == 46 || first == 43 || (48...57).contains(first),
            let double = node.float, double.isFinite
        {
            return .double(double)
        }
        return .string(scalar.string)
    }

    private static func summary(of error: YamlError) -> String {
        String(describing: error).split(separator: "\n").first.map(String.init) ?? "unknown fault"
    }
}
