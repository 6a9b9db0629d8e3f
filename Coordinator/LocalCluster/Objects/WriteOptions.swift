package import JSONValues

/// What a request says about how its object is to be judged.
package struct WriteOptions: Sendable {
    /// What is done about fields that no schema knows.
    package enum FieldValidation: String, Sendable {
        case ignore = "Ignore"
        case warn = "Warn"
        case strict = "Strict"
    }

    package var fieldValidation = FieldValidation.warn
    /// Who writes; `metadata.managedFields` keeps account by this name.
    package var fieldManager = "martlet"
    /// What is written: empty for the object itself, else `status` or `scale`.
    var subresource = ""
    /// Whether the object comes out of a server-side apply, which keeps its own account.
    var isApply = false

    package init() {}
}

/// An object as it was written, and what its writer should be told.
package struct Written: Sendable {
    package var json: JSONValue
    package var warnings: [String] = []
    /// Whether the request made the object (201) or changed it (200).
    package var isNew = false
}
