/** Reads the model classes of `@kubernetes/client-node`: what it knows of the Kubernetes API. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const MODELS = 'node_modules/@kubernetes/client-node/dist/gen/models'

export interface Attribute {
  readonly name: string
  /** The field's name in JSON. */
  readonly baseName: string
  readonly type: string
  readonly format: string
  readonly description: string
}

/** One model class: its attributes, which of them are required, and its documentation. */
export interface Model {
  readonly name: string
  readonly attributes: readonly Attribute[]
  readonly required: ReadonlySet<string>
  readonly description: string
}

/** Types that stand for something else than a model of their own. */
export const SCALARS: Readonly<Record<string, string>> = {
  string: 'string',
  number: 'number',
  boolean: 'boolean',
  Date: 'string',
  V1MicroTime: 'string',
  IntOrString: 'number | string',
  any: 'unknown',
}

/** Our name for a model: the `V1` prefix goes, a group's name in front of it stays (`CoreV1Event`). */
export const typeName = (model: string): string => model.replace(/^V1(?=[A-Z])/, '')

export const exists = (name: string): boolean => existsSync(join(MODELS, `${name}.js`))

async function readModel(name: string): Promise<Model | undefined> {
  const cls = (await import(pathToFileURL(join(MODELS, `${name}.js`)).href))[name]
  if (!cls?.attributeTypeMap) return undefined
  const declaration = readFileSync(join(MODELS, `${name}.d.ts`), 'utf8')
  const fields = [...declaration.matchAll(/(?:\/\*\*\n((?: *\* .*\n)+) *\*\/\n)? {4}'([^']+)'(\?)?:/g)]
  const descriptions = new Map(fields.map(([, comment = '', field = '']) => [field, prose(comment)]))
  const always = new Set(fields.filter(([, , , optional]) => !optional).map(([, , field]) => field))
  const attributes: Attribute[] = cls.attributeTypeMap.map((attribute: Attribute) => ({
    ...attribute,
    description: descriptions.get(attribute.name) ?? '',
  }))
  const required = attributes.filter((attribute) => always.has(attribute.name)).map((attribute) => attribute.baseName)
  const description = /\/\*\*\n(\* [\s\S]*?)\n\*\/\nexport declare class/.exec(declaration)?.[1] ?? ''
  return { name, attributes, required: new Set(required), description: prose(description) }
}

const prose = (comment: string): string =>
  comment
    .split('\n')
    .map((line) => line.replace(/^ *\* ?/, ''))
    .join(' ')
    .replaceAll(String.raw`\"`, '"')
    .replaceAll(String.raw`\'`, "'")
    .trim()

export const references = (type: string): string[] => [...type.matchAll(/\b[A-Z]\w+\b/g)].map(([name]) => name)

/** Every model that `names` name, directly or through other models, in the order of their names. */
export async function reachable(names: readonly string[]): Promise<Model[]> {
  const found = new Map<string, Model>()
  const queue = [...names]
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (found.has(name) || name in SCALARS || !exists(name)) continue
    const model = await readModel(name)
    if (!model) continue
    found.set(name, model)
    for (const attribute of model.attributes) queue.push(...references(attribute.type))
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}
