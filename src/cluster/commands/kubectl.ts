import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { run, runAttached } from '../../kernel/index.ts'
import { folderAt } from '../files/folder.ts'
import { adminKubeconfig } from '../files/pki.ts'

/** Where set-up puts the kubectl that comes with Portolan's packages. */
const BUNDLED = join(import.meta.dirname, '../../../node_modules/.cache/portolan/kubectl-1.36')

/** The kubectl that came with Portolan, or the one on PATH. */
export const kubectlProgram = (): string => (existsSync(BUNDLED) ? BUNDLED : 'kubectl')

export interface KubectlOptions {
  readonly root: string
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** kubectl as the cluster's administrator, whatever the user's kubeconfig says; answers its exit code. */
export const runKubectl = ({ root, args, environment }: KubectlOptions): Promise<number> =>
  runAttached(kubectlProgram(), args, withKubeconfig(root, environment))

/** The same, and answers what it printed. Rejects with its own words when it fails. */
export const captureKubectl = async ({ root, args, environment }: KubectlOptions): Promise<string> =>
  (await run(kubectlProgram(), args, { env: withKubeconfig(root, environment) })).stdout

function withKubeconfig(root: string, environment: KubectlOptions['environment']): Record<string, string> {
  const defined = Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return { ...Object.fromEntries(defined), KUBECONFIG: adminKubeconfig(folderAt(root)) }
}
