/**
 * The OpenAPI documents that kubectl's `explain`, `apply` and `create --validate` read. Pure: schemas come in, documents
 * go out.
 */
export { openapiV2 } from './v2.ts'
export { openapiIndex, openapiPath, openapiV3 } from './v3.ts'
