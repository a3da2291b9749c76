/** Runs the benches one after the other, or those that are named: `npm run bench`, `npm run bench -- services`. */
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { basename, join } from 'node:path'
import { styleText } from 'node:util'

const all = globSync('*.ts', { cwd: import.meta.dirname })
  .map((file) => basename(file, '.ts'))
  .filter((name) => name !== 'run')
  .sort()
const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !all.includes(name))
if (unknown.length > 0) throw new Error(`no bench called ${unknown.join(', ')}; there are ${all.join(', ')}`)

for (const name of wanted.length > 0 ? wanted : all) {
  process.stdout.write(styleText('bold', `\n${name}\n`))
  const args = ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, `${name}.ts`)]
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
}
