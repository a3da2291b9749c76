import type { ClusterRole, PolicyRule, RbacV1Subject, RoleBinding } from '../../../api/index.ts'
import type { Change, Store } from '../../../store/index.ts'
import type { User } from '../user.ts'
import { aggregatedRules } from './aggregate.ts'

const PREFIX = '/rbac.authorization.k8s.io/'

/** A role that somebody has by a binding. */
export interface Grant {
  /** Undefined when there is no such role. */
  readonly rules: readonly PolicyRule[] | undefined
  readonly binding: RoleBinding
  readonly subject: RbacV1Subject
}

/** Who has which role, by the objects in the store: every change of theirs is seen here before its writer hears of it. */
export class RoleIndex {
  readonly #roles = new Map<string, ClusterRole>()
  readonly #bindings = new Map<string, RoleBinding>()
  readonly #bySubject = new Map<string, Map<string, RbacV1Subject>>()

  /** Reads what is there and follows it. Returns the function that ends that. */
  follow(store: Store): () => void {
    for (const { key, value } of store.list(PREFIX)) this.#put(key, value)
    return store.watch(PREFIX, store.revision, (changes) => changes.forEach((change) => this.#take(change)))
  }

  /** What `user` may in a namespace, or in the whole cluster when that is empty. */
  *grants(user: User, namespace: string): Iterable<Grant> {
    for (const subject of subjectsOf(user)) {
      for (const [key, found] of this.#bySubject.get(subject) ?? []) {
        const binding = this.#bindings.get(key) as RoleBinding
        const scope = binding.metadata.namespace ?? ''
        if (scope === '' || scope === namespace) yield { rules: this.rulesOf(binding), binding, subject: found }
      }
    }
  }

  /** All rules that `user` has there. */
  rulesFor(user: User, namespace: string): PolicyRule[] {
    return [...this.grants(user, namespace)].flatMap(({ rules }) => rules ?? [])
  }

  /** What a binding gives; undefined when its role doesn't exist. */
  rulesOf({ roleRef, metadata }: RoleBinding): readonly PolicyRule[] | undefined {
    const role = this.#roles.get(roleRef.kind === 'ClusterRole' ? roleRef.name : `${metadata.namespace}/${roleRef.name}`)
    return role && (role.aggregationRule ? this.#aggregated(role) : (role.rules ?? []))
  }

  #aggregated(role: ClusterRole): PolicyRule[] {
    return aggregatedRules(
      role,
      [...this.#roles.values()].filter(({ metadata }) => !metadata.namespace),
    )
  }

  #take({ key, value, deleted }: Change): void {
    this.#drop(key)
    if (!deleted) this.#put(key, value)
  }

  #put(key: string, value: Buffer): void {
    const { plural, name } = parts(key)
    if (!plural.endsWith('bindings')) return void this.#roles.set(name, JSON.parse(value.toString()) as ClusterRole)
    const binding = JSON.parse(value.toString()) as RoleBinding
    this.#bindings.set(key, binding)
    for (const subject of binding.subjects ?? []) {
      const id = subjectKey(subject)
      const known = this.#bySubject.get(id) ?? new Map<string, RbacV1Subject>()
      this.#bySubject.set(id, known.set(key, subject))
    }
  }

  #drop(key: string): void {
    const { plural, name } = parts(key)
    if (!plural.endsWith('bindings')) return void this.#roles.delete(name)
    for (const subject of this.#bindings.get(key)?.subjects ?? []) this.#bySubject.get(subjectKey(subject))?.delete(key)
    this.#bindings.delete(key)
  }
}

/** `clusterroles` and `view`, `roles` and `default/reader`. */
function parts(key: string): { plural: string; name: string } {
  const [plural = '', ...name] = key.slice(PREFIX.length).split('/')
  return { plural, name: name.join('/') }
}

const subjectKey = ({ kind, name, namespace = '' }: RbacV1Subject): string =>
  kind === 'ServiceAccount' ? `User system:serviceaccount:${namespace}:${name}` : `${kind} ${name}`

const subjectsOf = ({ name, groups }: User): string[] => [`User ${name}`, ...groups.map((group) => `Group ${group}`)]
