import GRDB
import JSONValues
import KubernetesAPI

/// The objects on disk: one SQLite file in write-ahead mode.
///
/// `synchronous=NORMAL` on purpose: a commit survives the end of this process in any way, `kill -9` included, because
/// it is in the kernel's hands. Only a power cut may take back the last commits, and it ends every client with the
/// server, for they all live on this machine. The file is locked for as long as it is open.
struct Database: Sendable {
    private let queue: DatabaseQueue

    /// Seconds that a server which is just ending gets to let go of the file.
    private static let busySecondsMax = 1.0

    /// Opens or makes the file. Throws `LocalClusterError` where another process has it or it is damaged.
    init(path: String) throws {
        do {
            var configuration = Configuration()
            configuration.busyMode = .timeout(Database.busySecondsMax)
            configuration.prepareDatabase { database in
                try database.execute(sql: "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL")
                try database.execute(sql: "PRAGMA synchronous=NORMAL")
            }
            queue = try DatabaseQueue(path: path, configuration: configuration)
            try Database.migrator.migrate(queue)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
            throw LocalClusterError("\(path) is in use by another local cluster; stop it or choose another directory")
        } catch {
            throw LocalClusterError("\(path) cannot be opened: \(error); move the file away to start empty")
        }
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("objects") { database in
            try database.execute(
                sql: """
                    CREATE TABLE objects (
                        collection TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
                        version INTEGER NOT NULL, json TEXT NOT NULL,
                        PRIMARY KEY (collection, namespace, name)) WITHOUT ROWID;
                    CREATE TABLE counter (version INTEGER NOT NULL);
                    INSERT INTO counter VALUES (1);
                    """)
        }
        return migrator
    }

    /// Everything stored, and the version of the last change.
    func load() throws -> (contents: StoreContents, version: Int64) {
        try queue.read { database in
            var contents = StoreContents()
            let rows = try Row.fetchCursor(
                database, sql: "SELECT collection, namespace, name, version, json FROM objects")
            while let row = try rows.next() {
                let key = ObjectKey(namespace: row[1], name: row[2])
                let text: String = row[4]
                let bytes = Array(text.utf8)
                let object = StoredObject(try JSONValue.parse(bytes), bytes: bytes, version: row[3])
                contents.set(object, at: StorageKey(StorageName(stored: row[0]), key))
            }
            let version = try Int64.fetchOne(database, sql: "SELECT version FROM counter") ?? 1
            return (contents, version)
        }
    }

    /// Writes changes as one transaction; when this returns they are kept.
    func commit(_ changes: [Change]) throws {
        guard let last = changes.last else { return }
        try queue.write { database in
            let put = try database.cachedStatement(
                sql: "INSERT OR REPLACE INTO objects (collection, namespace, name, version, json) VALUES (?,?,?,?,?)")
            let remove = try database.cachedStatement(
                sql: "DELETE FROM objects WHERE collection = ? AND namespace = ? AND name = ?")
            for change in changes {
                let (collection, key) = (change.key.collection.description, change.key.key)
                if change.kind == .deleted {
                    try remove.execute(arguments: [collection, key.namespace, key.name])
                } else {
                    try put.execute(
                        arguments: [
                            collection, key.namespace, key.name, change.version,
                            String(decoding: change.object.bytes, as: UTF8.self),
                        ])
                }
            }
            try database.cachedStatement(sql: "UPDATE counter SET version = ?").execute(arguments: [last.version])
        }
    }

    func close() throws { try queue.close() }
}
