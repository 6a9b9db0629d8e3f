package import JSONValues
package import KubernetesAPI

/// Where one object lies in storage.
package struct StorageKey: Sendable, Hashable {
    package var collection: StorageName
    package var key: ObjectKey

    package init(_ collection: StorageName, _ key: ObjectKey) {
        self.collection = collection
        self.key = key
    }
}

/// One stored state of an object: the JSON, its text, and the change that made it.
package struct StoredObject: Sendable {
    /// With the storage `apiVersion` and its own resource version.
    package let json: JSONValue
    /// The compact text of `json`: written once, to the database and to every reader.
    package let bytes: [UInt8]
    /// The resource version of the change.
    package let version: Int64

    package init(_ json: JSONValue, version: Int64) {
        self.json = json
        self.version = version
        bytes = json.bytes()
    }

    init(_ json: JSONValue, bytes: [UInt8], version: Int64) {
        self.json = json
        self.bytes = bytes
        self.version = version
    }

    var object: KubernetesObject { KubernetesObject(json) }
}

/// One change of one object.
package struct Change: Sendable {
    /// What happened to the object.
    package enum Kind: Sendable {
        case added
        case modified
        case deleted
    }

    package let kind: Kind
    package let key: StorageKey
    /// The new state; of a deletion the last state with the version of the deletion.
    package let object: StoredObject
    /// The state before; nil for an added object.
    package let previous: StoredObject?

    package var version: Int64 { object.version }
}
