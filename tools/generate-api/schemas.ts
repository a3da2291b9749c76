import { groups, places } from './groups.ts'
import type { Place } from './groups.ts'
import { extensions } from './lists.ts'
import type { Attribute, Model } from './models.ts'
import { typeName } from './models.ts'
import { enums, quantities } from './values.ts'

type Schema = Readonly<Record<string, unknown>>

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1'
const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity'
const INT_OR_STRING = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString'

/** Types that have a name in upstream's schemas but no model. */
const SPECIAL: Readonly<Record<string, Schema>> = {
  [QUANTITY]: { description: 'An amount of a resource, such as 500m or 1.5Gi.', oneOf: [{ type: 'string' }, { type: 'number' }] },
  [INT_OR_STRING]: {
    description: 'A number or a name.',
    format: 'int-or-string',
    oneOf: [{ type: 'integer' }, { type: 'string' }],
  },
  [`${META}.Time`]: { description: 'A moment, to the second.', format: 'date-time', type: 'string' },
  [`${META}.MicroTime`]: { description: 'A moment, to the microsecond.', format: 'date-time', type: 'string' },
  [`${META}.Patch`]: { description: 'What is to change, in the form that the content type names.', type: 'object' },
  [`${META}.FieldsV1`]: { description: 'A set of fields.', type: 'object' },
  'io.k8s.apimachinery.pkg.runtime.RawExtension': { description: 'Any object.', type: 'object' },
}

const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` })

/** Schemas by upstream's names for the types, as `components.schemas` of an OpenAPI v3 document. */
export function schemasOf(models: readonly Model[]): Schema {
  checkTables(models)
  const where = places(models)
  const found = new Map<string, Schema>(Object.entries(SPECIAL))
  for (const model of models) found.set(where.get(model.name)!.fullName, schemaOf(model, where))
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function schemaOf(model: Model, where: ReadonlyMap<string, Place>): Schema {
  const type = typeName(model.name)
  const properties = model.attributes.map((attribute) => [attribute.baseName, propertyOf(attribute, type, where)])
  return {
    ...(model.description && { description: model.description }),
    ...(model.required.size > 0 && { required: [...model.required].sort() }),
    type: 'object',
    properties: Object.fromEntries(properties),
    ...kindOf(model, where.get(model.name)!),
    ...extensions.get(type),
  }
}

function kindOf(model: Model, { group, kind }: Place): Schema {
  const isKind = ['apiVersion', 'kind', 'metadata'].every((field) => model.attributes.some(({ baseName }) => baseName === field))
  if (!isKind && model.name !== 'V1DeleteOptions') return {}
  const of = model.name === 'V1DeleteOptions' ? [...new Set(groups.map(({ name }) => name))] : [group]
  return { 'x-kubernetes-group-version-kind': of.map((name) => ({ group: name, kind, version: 'v1' })) }
}

function propertyOf(attribute: Attribute, type: string, where: ReadonlyMap<string, Place>): Schema {
  const name = `${type}.${attribute.baseName}`
  const schema = quantities.has(name) ? quantityType(attribute) : typeOf(attribute.type, attribute.format, where)
  const described = attribute.description && '$ref' in schema ? { allOf: [schema] } : schema
  return {
    ...(attribute.description && { description: attribute.description }),
    ...described,
    ...(enums[name] && { enum: enums[name] }),
    ...extensions.get(name),
  }
}

const quantityType = ({ type }: Attribute): Schema =>
  type === 'string' ? ref(QUANTITY) : { type: 'object', additionalProperties: ref(QUANTITY) }

function typeOf(type: string, format: string, where: ReadonlyMap<string, Place>): Schema {
  const list = /^(?:Array|Set)<(.*)>$/.exec(type)?.[1]
  if (list !== undefined) return { type: 'array', items: typeOf(list, format, where) }
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1]
  if (map !== undefined) return { type: 'object', additionalProperties: typeOf(map, format, where) }
  const model = where.get(type)
  if (model) return ref(model.fullName)
  switch (type) {
    case 'string':
      return { ...(format && { format }), type }
    case 'number':
      return format === 'double' || format === 'float' ? { format, type } : { format: format || 'int32', type: 'integer' }
    case 'boolean':
      return { type }
    case 'Date':
      return ref(`${META}.Time`)
    case 'V1MicroTime':
      return ref(`${META}.MicroTime`)
    case 'IntOrString':
      return ref(INT_OR_STRING)
    case 'any':
      return { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
    default:
      throw new Error(`what is a ${type}?`)
  }
}

/** A name in a table by hand that no model has is a slip, or went away upstream. */
function checkTables(models: readonly Model[]): void {
  const known = new Set(
    models.flatMap((model) => [
      typeName(model.name),
      ...model.attributes.map(({ baseName }) => `${typeName(model.name)}.${baseName}`),
    ]),
  )
  const lost = [...extensions.keys(), ...quantities, ...Object.keys(enums)].filter((name) => !known.has(name))
  if (lost.length > 0) throw new Error(`no such fields: ${lost.join(', ')}`)
}
