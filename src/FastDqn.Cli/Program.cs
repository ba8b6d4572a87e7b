Console.Error.WriteLine("fastdqn: no verbs yet");
return 2;
