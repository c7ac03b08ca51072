import { Type } from '@sinclair/typebox';

const Check = Type.Object(
  { name: Type.String(), violations: Type.Integer({ format: 'int64', minimum: 0 }) },
  { title: 'Check' },
);

export const Audit = Type.Object({ clean: Type.Boolean(), checks: Type.Array(Check) }, { title: 'Audit' });
