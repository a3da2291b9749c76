import { invalid, invalids, notSupported } from '../../../field.ts'
import type { Toleration } from '../../../generated/types.gen.ts'
import type { FieldError } from '../../../kind.ts'
import { labelValue, qualifiedName } from '../../../names.ts'

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

/** As upstream's `ValidateTolerations`. */
export const validateTolerations = (field: string, tolerations: readonly Toleration[]): FieldError[] =>
  tolerations.flatMap((toleration, index) => validateToleration(`${field}[${index}]`, toleration))

function validateToleration(field: string, { key = '', operator = '', effect = '', ...toleration }: Toleration): FieldError[] {
  const found = key === '' ? [] : invalids(`${field}.key`, key, qualifiedName(key))
  if (key === '' && operator !== 'Exists') {
    const rule = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
    found.push(invalid(`${field}.operator`, operator, rule))
  }
  if (toleration.tolerationSeconds !== undefined && effect !== 'NoExecute') {
    found.push(invalid(`${field}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"))
  }
  found.push(...validateValue(`${field}.operator`, operator, toleration.value ?? ''))
  return effect === '' || EFFECTS.includes(effect) ? found : [...found, notSupported(`${field}.effect`, effect, EFFECTS)]
}

function validateValue(field: string, operator: string, value: string): FieldError[] {
  if (operator === 'Exists') {
    return value === '' ? [] : [invalid(field, value, "value must be empty when `operator` is 'Exists'")]
  }
  if (operator !== '' && operator !== 'Equal') return [notSupported(field, operator, ['Equal', 'Exists'])]
  const wrong = labelValue(value)
  return wrong.length === 0 ? [] : [invalid(field, value, wrong.join(';'))]
}
