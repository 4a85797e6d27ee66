UPDATE t SET j = '{"b": 1}';
