/** The nouns. What the API server alone needs of a kind (validation, columns, …) is behind `kinds/index.ts`. */
export type * from './generated/types.gen.ts'
export type { Draft, KubeObject, ObjectList, Resource } from './object.ts'
export { apiVersionOf, keyOf } from './object.ts'
export { controllerOf, controllerReference, isControlledBy } from './owners.ts'
export * from './resources.ts'
