import { describe, expect, it } from 'vitest';
import { isSameClass } from '../../consumer/class-name.ts';
import { className } from '../../consumer/config/readers.ts';

describe('the class of a payload', () => {
  it.each([
    ['Mailer', 'Mailer'],
    ['Mailer', 'User::Mailer'],
    ['User::Mailer', 'User::Mailer'],
    ['User::Mailer', 'User\\Mailer'],
    ['User.Mailer', 'User\\Mailer'],
    ['\\User\\Mailer', 'User\\Mailer'],
    ['::User::Mailer', '\\User\\Mailer'],
    ['\\Mailer', 'Mailer'],
    ['::Mailer', '\\Mailer'],
    ['App\\Jobs\\Mailer', 'App.Jobs.Mailer'],
    ['Почта', 'Сайт\\Почта'],
  ])('is the one that runs: %s for %s', (theirs, ours) => {
    expect(isSameClass(theirs, ours)).toBe(true);
    expect(isSameClass(ours, theirs)).toBe(true);
  });

  it.each([
    ['Admin::Mailer', 'User::Mailer'],
    ['Admin\\Mailer', 'User\\Mailer'],
    ['admin.Mailer', 'user.Mailer'],
    ['Admin.Mailer', 'User::Mailer'],
    ['user::Mailer', 'User::Mailer'],
    ['User::mailer', 'User::Mailer'],
    ['mailer', 'Mailer'],
    ['App::User::Mailer', 'User::Mailer'],
    ['User::Mailer::Admin', 'User::Mailer'],
    ['::Mailer', 'User::Mailer'],
    ['\\Mailer', 'User\\Mailer'],
    ['Mailer', 'User::Mail'],
    ['Mailer::', 'Mailer'],
    ['User::::Mailer', 'User::Mailer'],
    ['', 'Mailer'],
    ['::', 'Mailer'],
  ])('is not the one that runs: %s for %s', (theirs, ours) => {
    expect(isSameClass(theirs, ours)).toBe(false);
    expect(isSameClass(ours, theirs)).toBe(false);
  });

  it.each(['Mailer', 'User::Mailer', '\\User\\Mailer', '::User::Mailer', 'user.Mailer', 'Почта'])(
    'may be configured as %s',
    (name) => {
      expect(className(name)).toBe(name);
    },
  );

  it.each([
    '',
    '::',
    'User::',
    'User::::Mailer',
    '.Mailer',
    'User/Mailer',
    'User:Mailer',
    '1Mailer',
    '\\\\Mailer',
  ])('may not be configured as %j', (name) => {
    expect(() => className(name)).toThrow();
  });
});
