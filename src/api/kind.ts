import type { Draft, KubeObject, Resource } from './object.ts'

/**
 * One kind of the API, whole: adding a kind to the API server is one value of this type.
 *
 * Everything here is pure. Functions that take a {@link Draft} may change it in place: the API server has just decoded
 * it and nobody else holds it.
 */
export interface Kind<T extends KubeObject = KubeObject> extends Resource<T> {
  readonly singular: string
  /** What kubectl also accepts: `svc`. */
  readonly shortNames: readonly string[]
  /** `all` makes `kubectl get all` list it. */
  readonly categories: readonly string[]
  /** The type's name in the generated schemas, `io.k8s.api.core.v1.Service`. */
  readonly schema: string
  readonly subresources: readonly Subresource[]
  /** How `/scale` maps onto the object; only where `subresources` has `scale`. */
  readonly scale?: ScaleMapping<T>

  /** Fills in what the writer left out, as upstream's `zz_generated.defaults.go` and `defaults.go` do. Idempotent. */
  readonly setDefaults?: (object: Draft<T>) => void
  /** Before validation of a new object: drop what clients don't set (status), set what the server sets (generation). */
  readonly prepareForCreate?: (object: Draft<T>) => void
  /** Before validation of an update: carry over what this write may not change. `subresource` is `''` for the object itself. */
  readonly prepareForUpdate?: (object: Draft<T>, old: T, subresource: '' | 'status') => void
  /** Whether the change from `old` counts as a new generation; false for kinds without generations. */
  readonly specChanged?: (object: T, old: T) => boolean
  /**
   * Empty when the object may be stored. Metadata (name, labels, annotations, …) is checked for every kind elsewhere.
   * `old` is the stored object when this is an update: what was let in once may stay.
   */
  readonly validate?: (object: T, old?: T) => readonly FieldError[]
  /** What may not change. Comes before {@link validate}, which runs for updates too. */
  readonly validateUpdate?: (object: T, old: T) => readonly FieldError[]
  readonly validateStatusUpdate?: (object: T, old: T) => readonly FieldError[]
  /** Whether what belongs to an object stays when it is deleted and nothing is said about that: `DefaultGarbageCollectionPolicy`. */
  readonly orphansDependents?: boolean
  /** The text of a `Warning:` header for every request about the kind, as upstream warns of what is deprecated. */
  readonly deprecated?: string
  /** Texts for `Warning:` headers. */
  readonly warnings?: (object: T, old: T | undefined) => readonly string[]
  /** How a name must look; `dns-1123-subdomain` when left out. */
  readonly nameRule?: NameRule
  /** What `fieldSelector` may ask for beside metadata.name and metadata.namespace. */
  readonly selectableFields?: (object: T) => Readonly<Record<string, string>>
  /**
   * The columns of `kubectl get`, with Age where upstream has it. Name comes first and need not be given; a kind whose
   * Name looks or stands otherwise gives a column of that name itself.
   */
  readonly columns: readonly Column<T>[]
  /** What a row of the table says about its object beside the cells: that a Pod is over. */
  readonly rowConditions?: (object: T) => readonly RowCondition[]
  /** Where objects of this kind are stored as another kind's. One object then answers under both group versions. */
  readonly storedAs?: StoredAs<T>
}

/**
 * Everything before storage (defaults, validation, …) happens in the kind's own shape; keys, storage and watches are
 * those of `resource`.
 */
export interface StoredAs<T> {
  readonly resource: Resource
  readonly toStored: (object: T) => KubeObject
  readonly fromStored: (stored: KubeObject) => T
}

export interface RowCondition {
  readonly type: 'Completed'
  readonly status: 'True'
  readonly reason: string
  readonly message: string
}

export type Subresource =
  | 'status'
  | 'scale'
  | 'binding'
  | 'eviction'
  | 'token'
  | 'log'
  | 'exec'
  | 'attach'
  | 'portforward'
  | 'proxy'
  | 'finalize'

export type NameRule = 'dns-1123-subdomain' | 'dns-1123-label' | 'dns-1035-label' | 'path-segment'

export interface ScaleMapping<T> {
  readonly replicas: (object: T) => number
  readonly statusReplicas: (object: T) => number
  /** The label selector in its string form, for `status.selector`. */
  readonly selector: (object: T) => string
  readonly setReplicas: (object: Draft<T>, replicas: number) => void
}

/** One column of a Table, as `meta.k8s.io/v1` describes it. */
export interface Column<T> {
  readonly name: string
  readonly type: 'string' | 'integer' | 'boolean' | 'date'
  readonly format?: string
  readonly description: string
  /** 0 is always shown, 1 only with `-o wide`. */
  readonly priority: number
  /** `now` is milliseconds since the epoch, for ages. */
  readonly value: (object: T, now: number) => string | number | boolean
}

/** One finding of validation, as upstream's `field.Error`. */
export interface FieldError {
  /** How upstream words the kind of mistake; also the `reason` of the cause in the Status. */
  readonly type:
    | 'FieldValueNotFound'
    | 'FieldValueRequired'
    | 'FieldValueDuplicate'
    | 'FieldValueInvalid'
    | 'FieldValueNotSupported'
    | 'FieldValueForbidden'
    | 'FieldValueTooLong'
    | 'FieldValueTooMany'
    | 'FieldValueTypeInvalid'
    | 'InternalError'
  /** `spec.ports[0].port` */
  readonly field: string
  /** The whole text after the field, as upstream prints it: `Invalid value: 0: must be between 1 and 65535, inclusive`. */
  readonly message: string
}
