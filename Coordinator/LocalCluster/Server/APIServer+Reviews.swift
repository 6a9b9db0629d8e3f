import Hummingbird
import JSONValues
import KubernetesAPI

extension APIServer {
    /// Answers kinds that are asked and not stored. There is one user, who may do everything.
    func review(_ kind: ServedKind, _ request: APIRequest) throws(APIStatus) -> Response {
        guard request.method == .post else { throw .methodNotAllowed("\(request.method) of \(kind.kind.plural)") }
        var review = try request.document()
        review["kind"] = .string(kind.kind.kind)
        review["apiVersion"] = .string(kind.kind.apiVersion)
        switch kind.kind.kind {
        case "SelfSubjectAccessReview", "SubjectAccessReview", "LocalSubjectAccessReview":
            review["status"] = ["allowed": true, "reason": "the local cluster has one user, who may do everything"]
        case "SelfSubjectRulesReview":
            review["status"] = [
                "resourceRules": [["verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]]],
                "nonResourceRules": [["verbs": ["*"], "nonResourceURLs": ["*"]]], "incomplete": false,
            ]
        case "SelfSubjectReview":
            review["status"] = [
                "userInfo": ["username": "martlet", "groups": ["system:masters", "system:authenticated"]]
            ]
        default: throw .noSuchPath
        }
        return .json(review, status: .created)
    }
}
