/** The parts of `api/` that the API server is made of, by one import. */
export type { Draft, KubeObject, ObjectMeta, Status, Written } from '../api/index.ts'
export type { FieldError, Kind, Subresource } from '../api/kinds/index.ts'
