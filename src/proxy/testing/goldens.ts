import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadAll } from 'js-yaml'
import { type EndpointSlice, type KubeObject, keyOf, type Service } from '../../api/index.ts'
import { planService } from '../plan.ts'
import type { BaseOptions } from '../table/base.ts'
import { ChainsInUse } from '../table/chains.ts'
import { Ledger } from '../table/ledger.ts'
import { fullScript, updateScript } from '../table/script.ts'

const FOLDER = join(import.meta.dirname, '../testdata')
const BASE: BaseOptions = { family: 'ip', podCIDR: '10.244.0.0/16', serviceCIDRs: ['10.96.0.0/12'] }

/** Services and slices, and what node1 writes for them. */
export interface Golden {
  readonly name: string
  /** The transaction that adds them, and where it should stand. */
  readonly added: string
  readonly file: string
  /** The one that makes the table from nothing. */
  readonly whole: string
}

export const goldens = (): readonly Golden[] =>
  readdirSync(FOLDER)
    .filter((file) => file.endsWith('.input.yaml'))
    .map((file) => goldenOf(file.replace('.input.yaml', '')))

function goldenOf(name: string): Golden {
  const objects = loadAll(readFileSync(join(FOLDER, `${name}.input.yaml`), 'utf8')) as KubeObject[]
  const slices = objects.filter(({ kind }) => kind === 'EndpointSlice') as EndpointSlice[]
  const ledger = new Ledger()
  for (const service of objects.filter(({ kind }) => kind === 'Service') as Service[])
    ledger.set(keyOf(service), planService(service, slices, { nodeName: 'node1', family: 'ip' }))
  const changes = [...ledger.all()]
  const update = { changes, chains: new ChainsInUse().update(changes) }
  return { name, file: join(FOLDER, `${name}.nft`), added: updateScript(update, BASE), whole: fullScript(update, BASE, []) }
}
