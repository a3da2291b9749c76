/** What every kind has in common, for the API server: metadata, selectors, tables, the words of errors. */
export { fieldTerms, fieldValue, parseFieldSelector } from '../field-selectors.ts'
export { fieldErrorText, forbidden, invalid, required } from '../field.ts'
export { isSelectorError, labelOf, labelSelectorPredicate, labelTerms, parseLabelSelector } from '../label-selectors.ts'
export type { LabelPredicate, Term } from '../label-selectors.ts'
export { podReferences } from '../core/pod/references.ts'
export { validateMetadata, validateMetadataUpdate } from '../metadata.ts'
export { partialObjectMetadata, table } from '../table.ts'
export type { IncludeObject, Table } from '../table.ts'
