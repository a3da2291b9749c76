/**
 * Writes `src/api/generated/`: the types and schemas of the Kubernetes API, taken from the models that
 * `@kubernetes/client-node` carries (a development dependency; nothing of it runs in Portolan).
 *
 * The output is committed. `npm run check` runs this with `--check`, which fails when the committed files are not what
 * this program writes.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exists, reachable } from './generate-api/models.ts'
import { roots } from './generate-api/roots.ts'
import { schemasOf } from './generate-api/schemas.ts'
import { typesFile } from './generate-api/types.ts'

const OUT = 'src/api/generated'

/** What each file should hold. Lists are in the schemas only: they are of one shape, which `object.ts` describes. */
async function outputs(): Promise<ReadonlyMap<string, string>> {
  const lists = roots.map((root) => `${root}List`).filter(exists)
  const schemas = schemasOf(await reachable([...roots, ...lists]))
  return new Map([
    ['types.gen.ts', typesFile(await reachable(roots))],
    ['schemas.gen.json', `${JSON.stringify(schemas, null, 1)}\n`],
  ])
}

for (const [name, text] of await outputs()) {
  const file = join(OUT, name)
  const stale = readFileSync(file, { encoding: 'utf8', flag: 'a+' }) !== text
  if (stale && process.argv.includes('--check')) throw new Error(`${file} is stale: run npm run generate`)
  if (stale) writeFileSync(file, text)
  console.log(`${file}: ${stale ? 'written' : 'up to date'}`)
}
