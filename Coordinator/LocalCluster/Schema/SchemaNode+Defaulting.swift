import JSONValues

extension SchemaNode {
    /// A value with the defaults of absent members filled in, at every level that is present. A null where the schema
    /// allows none counts as absent.
    func defaulted(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(let elements):
            guard let items else { return value }
            return .array(elements.map { items.defaulted($0) })
        case .object(var object):
            for name in object.keys {
                guard let schema = properties[name] ?? additionalProperties, let member = object[name] else { continue }
                if member.isNull, !schema.isNullable {
                    object[name] = nil
                } else {
                    object[name] = schema.defaulted(member)
                }
            }
            for name in propertyOrder where object[name] == nil {
                guard let schema = properties[name], let value = schema.defaultValue else { continue }
                object[name] = schema.defaulted(value)
            }
            return .object(object)
        default:
            return value
        }
    }
}
