/** Everything that needs no cluster, in under a minute: types, lint, format, generated files, boundaries, unit tests. */
import { spawnSync } from 'node:child_process'
import { styleText } from 'node:util'

const node = process.execPath
const bin = (name: string): string => `node_modules/.bin/${name}`

const STEPS: readonly (readonly [string, string, ...string[]])[] = [
  ['types', bin('tsc'), '-p', '.'],
  ['lint', bin('oxlint'), '--type-aware', 'src', 'test', 'bench', 'tools'],
  ['format', bin('oxfmt'), '--check', 'src', 'test', 'bench', 'tools'],
  ['unused', bin('knip'), '--no-progress'],
  ['generated files', node, 'tools/generate-api.ts', '--check'],
  ['tests', node, '--disable-warning=ExperimentalWarning', 'tools/test.ts', 'unit', 'tools'],
]

let failed = false
for (const [name, command, ...args] of STEPS) {
  const began = performance.now()
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    env: { ...process.env, CI: 'true' },
  })
  const seconds = `${((performance.now() - began) / 1000).toFixed(1)} s`
  const mark = status === 0 ? styleText('green', '✓') : styleText('red', '✖')
  process.stdout.write(`${mark} ${name} ${styleText('dim', seconds)}\n`)
  if (status !== 0) {
    failed = true
    process.stdout.write(`${stdout}${stderr}\n`)
  }
}
process.exitCode = failed ? 1 : 0
